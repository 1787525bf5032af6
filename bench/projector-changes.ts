import type { WatchItem } from "../lib/kube/watch-stream.ts";
import type { Source } from "../projector/projector.ts";
import type { ProjectedKind, ProjectedResource } from "../projector/tables.ts";
import { task } from "../projector/testing/fixtures.ts";
import { taskStatus } from "./read-side-objects.ts";

type Item = WatchItem<ProjectedResource>;

/** Stands in a template where the version of a change goes. */
const VERSION = "4242424242";
/** A socket gives 64 KiB at a time. */
const LINES_A_CHUNK = 25;
const NAME = "task-name-of-the-template";

/** Changes of tasks, in turn, as the lines that a watch would send: made when they are taken. */
export class TaskChanges implements Source {
  readonly #tasks: number;
  readonly #template: readonly string[];
  #told: number;
  #taken: number;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  /** @param from the version that was seen last */
  constructor(tasks: number, from = 1) {
    this.#tasks = tasks;
    this.#told = this.#taken = from;
    const object = task(NAME, Number(VERSION), {
      spec: { taskDefinition: "web:1", group: "service:web" },
      status: taskStatus(NAME, 1),
    });
    this.#template = JSON.stringify({ type: "MODIFIED", object }).split(new RegExp(`(${VERSION}|${NAME})`));
  }

  /** Version of the last change that was told. */
  get version(): string {
    return String(this.#told);
  }

  nameOf(index: number): string {
    return `task-${index}`;
  }

  tell(changes: number): void {
    this.#told += changes;
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  readonly head = (kind: ProjectedKind): Promise<string> => Promise.resolve(kind === "ECSTask" ? this.version : "0");

  async *open(kind: ProjectedKind, from: string | undefined): AsyncGenerator<Item> {
    if (from === undefined) yield { type: "LIST", items: [], resourceVersion: "1" };
    while (!this.#ended) {
      if (kind === "ECSTask") yield* this.#rest();
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async *#rest(): AsyncGenerator<Item> {
    while (this.#taken < this.#told) {
      yield this.#next();
      if (this.#taken % LINES_A_CHUNK === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #next(): Item {
    const object = JSON.parse(this.line(++this.#taken)) as { object: ProjectedResource };
    return { type: "MODIFIED", object: object.object, resourceVersion: String(this.#taken) };
  }

  /** The watch's line of the change that made that version. */
  line(version: number): string {
    const name = this.nameOf(version % this.#tasks);
    return this.#template.map((part) => (part === VERSION ? String(version) : part === NAME ? name : part)).join("");
  }
}
