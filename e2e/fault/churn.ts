import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "#lib/kube/client.ts";
import { KubeError } from "#lib/kube/errors.ts";
import type { KubeObject } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { eventually } from "../support/wait.ts";

/** A random number from 0 to 1, the same row of them for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SERVICES = 4;
const TASKS = 20;
const PAUSE_MS = 40;

/** Clusters, services, tasks and task definitions that come, change and go without end, and with them their Pods. */
export class Churn {
  readonly #client: KubeClient;
  readonly #random: () => number;
  readonly #name: string;
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #count = 0;
  #tasks: string[] = [];

  constructor(client: KubeClient, name: string, random: () => number) {
    this.#client = client;
    this.#name = name;
    this.#random = random;
  }

  async start(): Promise<void> {
    await this.#make("ECSCluster", { metadata: { name: this.#name }, spec: {} });
    const containerDefinitions = [{ name: "app", image: "busybox", memory: 16 }];
    for (const revision of [1, 2]) {
      const name = `${this.#name}.${revision}`;
      await this.#make("ECSTaskDefinition", {
        metadata: { name },
        spec: { family: this.#name, revision, containerDefinitions },
      });
    }
    await eventually("the namespace is there", () => this.#try(() => this.#task()));
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    const of = { namespace: this.#namespace };
    for (const kind of ["ECSService", "ECSTask"] as const) {
      const { items } = await this.#client.list<KubeObject>(RESOURCES[kind], of);
      for (const { metadata } of items) {
        await this.#client.delete(RESOURCES[kind], { ...of, name: metadata?.name ?? "" });
      }
    }
    for (const revision of [1, 2])
      await this.#client.delete(RESOURCES.ECSTaskDefinition, { name: `${this.#name}.${revision}` });
    await this.#client.delete(RESOURCES.ECSCluster, { name: this.#name });
  }

  get #namespace(): string {
    return `ecs-${this.#name}`;
  }

  async #run(): Promise<void> {
    const steps = [
      () => this.#service(),
      () => this.#service(),
      () => this.#removeService(),
      () => this.#task(),
      () => this.#task(),
      () => this.#removeTask(),
      () => this.#tag(),
    ];
    while (!this.#ending.signal.aborted) {
      const step = steps[Math.floor(this.#random() * steps.length)];
      // What was asked for may be gone or there already; the API server may be away for a moment.
      if (step !== undefined) await this.#try(step);
      await sleep(PAUSE_MS * 2 * this.#random());
    }
  }

  async #try(step: () => Promise<unknown>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (error instanceof KubeError) return false;
      throw error;
    }
  }

  async #service(): Promise<void> {
    const name = `s${Math.floor(this.#random() * SERVICES)}`;
    const desiredCount = Math.floor(this.#random() * 4);
    const taskDefinition = `${this.#name}:${this.#random() < 0.5 ? 1 : 2}`;
    const spec = { cluster: this.#name, taskDefinition, desiredCount };
    const ref = { namespace: this.#namespace, name };
    const changed = await this.#try(() => this.#client.mergePatch(RESOURCES.ECSService, ref, { spec }));
    if (!changed) await this.#make("ECSService", { metadata: ref, spec });
  }

  async #removeService(): Promise<void> {
    const name = `s${Math.floor(this.#random() * SERVICES)}`;
    await this.#client.delete(RESOURCES.ECSService, { namespace: this.#namespace, name });
  }

  async #task(): Promise<void> {
    const name = (++this.#count).toString(16).padStart(32, "0");
    const spec = { cluster: this.#name, taskDefinition: `${this.#name}:1` };
    await this.#make("ECSTask", { metadata: { namespace: this.#namespace, name }, spec });
    this.#tasks.push(name);
    if (this.#tasks.length > TASKS) await this.#removeTask();
  }

  async #removeTask(): Promise<void> {
    const [name, ...rest] = this.#tasks;
    if (name === undefined) return;
    this.#tasks = rest;
    const ref = { namespace: this.#namespace, name };
    if (this.#random() < 0.5)
      await this.#client.mergePatch(RESOURCES.ECSTask, ref, { spec: { desiredStatus: "STOPPED" } });
    else await this.#client.delete(RESOURCES.ECSTask, ref);
  }

  async #tag(): Promise<void> {
    const tags = [{ key: "step", value: String(++this.#count) }];
    await this.#client.mergePatch(RESOURCES.ECSCluster, { name: this.#name }, { spec: { tags } });
  }

  #make(kind: keyof typeof RESOURCES, object: KubeObject & { spec: object }): Promise<unknown> {
    return this.#client.create(RESOURCES[kind], object);
  }
}
