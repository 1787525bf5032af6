import type { ContainerInResource } from "#model/generated/resources.generated.ts";
import { type Caller, callerOf } from "./caller.ts";
import type { Caches } from "./caches.ts";
import { containerDocument } from "./documents/container.ts";
import { containerStats, taskStats } from "./documents/stats.ts";
import { taskDocument, taskWithTagsDocument } from "./documents/task.ts";
import { AgentError } from "./errors.ts";
import { type Answer, type CallEcs, getProtection, putProtection } from "./protection.ts";
import type { Sampler } from "./stats/sampler.ts";

/** What a container asks. */
export interface Question {
  readonly method: string;
  readonly path: string;
  /** The address that it comes from. */
  readonly address: string | undefined;
  /** The body, read when it is needed. */
  readonly body: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

export interface RouteDeps {
  readonly caches: Caches;
  readonly sampler: Sampler;
  readonly callEcs: CallEcs;
}

type Route = (
  asked: { caller: Caller; container: ContainerInResource },
  question: Question,
  deps: RouteDeps,
) => Promise<Answer>;

const ok = (document: unknown): Answer => ({ status: 200, document });

/** What follows `/v4/<Pod uid>/<container>` and `/api/<Pod uid>/<container>`. */
const ROUTES: Readonly<Record<string, Route>> = {
  "GET v4 ": async ({ caller, container }) => ok(containerDocument(caller, container)),
  "GET v4 task": async ({ caller }) => ok(taskDocument(caller)),
  "GET v4 taskWithTags": async ({ caller }) => ok(taskWithTagsDocument(caller)),
  "GET v4 stats": async ({ caller, container }, _, deps) => ok(await containerStats(caller, container, deps)),
  "GET v4 task/stats": async ({ caller }, _, deps) => ok(await taskStats(caller, deps)),
  "GET api task-protection/v1/state": ({ caller }, { signal }, { callEcs }) => getProtection(caller, callEcs, signal),
  "PUT api task-protection/v1/state": async ({ caller }, { body, signal }, { callEcs }) =>
    putProtection(caller, await body(), callEcs, signal),
};

const PATH = /^\/(v4|api)\/([0-9a-f-]{36})\/([a-zA-Z0-9_-]{1,255})(?:\/(.*?))?\/?$/;

/** Name of a question's document, for logs and metrics; undefined where there is none of that name. */
export function documentOf({ method, path }: Pick<Question, "method" | "path">): string | undefined {
  const [, kind = "", , , rest = ""] = PATH.exec(path) ?? [];
  const name = `${method} ${kind} ${rest}`;
  return Object.hasOwn(ROUTES, name) ? name.trimEnd() : undefined;
}

/**
 * Answers a container's question about itself and its task.
 * @throws AgentError for what there is no document of, and for who may not see it.
 */
export async function answer(question: Question, deps: RouteDeps): Promise<Answer> {
  const [, kind = "", uid = "", name = "", rest = ""] = PATH.exec(question.path) ?? [];
  const route = ROUTES[`${question.method} ${kind} ${rest}`];
  if (route === undefined || documentOf(question) === undefined) {
    throw new AgentError(404, `There is no ${question.method} of this path here.`);
  }
  const caller = await callerOf(deps.caches, uid, question.address, question.signal);
  const container = caller.task.status?.containers?.find((each) => each.name === name);
  if (container === undefined) throw new AgentError(404, `The task has no container ${name}.`);
  return route({ caller, container }, question, deps);
}
