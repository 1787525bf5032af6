import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import { TASK_DEFINITION_FINALIZER } from "#lib/ecs/labels.ts";
import { taskDefinitionName } from "#lib/ecs/names.ts";
import { parseTaskDefinition } from "#lib/ecs/arns.ts";
import { applyStatus } from "#lib/kube/apply.ts";
import { controller, type ReconcileOutcome } from "#lib/kube/controller.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { addFinalizer, hasFinalizer, isDeleting, removeFinalizer } from "#lib/kube/finalizers.ts";
import { keyOf, type ObjectRef, refOf } from "#lib/kube/resources.ts";
import type { ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { type Controller, type Deps, INDEX } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { isNumberTaken, nextRevision } from "./numbering.ts";
import { referrerOf } from "./references.ts";
import { record, recorded } from "./revisions.ts";
import { taskDefinitionStatus } from "./status.ts";

/** Numbers are given one after the other, so that no two are the same. */
const CONCURRENCY = 1;

/** ECSTaskDefinition: its revision number, its status, and its protection while it is used. */
export function taskDefinitionController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  const reconciler = new TaskDefinitionReconciler(deps);
  const queue = controller({
    name: "task-definition",
    reconcile: (ref, signal) => reconciler.reconcile(ref, signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "task-definition",
    start(signal) {
      wake(deps, (key) => queue.enqueue(key));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

function wake({ informers }: Pick<Deps, "informers">, enqueue: (key: string) => void): void {
  const { taskDefinitions, services, taskSets, tasks } = informers;
  taskDefinitions.onChange(({ key }) => enqueue(key));
  /** What leaves a task definition may let it go. */
  const left = (reference: string | undefined): void => {
    const family = parseTaskDefinition(reference ?? "")?.family;
    if (family === undefined) return;
    for (const each of taskDefinitions.byIndex(INDEX.family, family)) if (isDeleting(each)) enqueue(keyOf(refOf(each)));
  };
  services.onChange(({ before, after }) => {
    if (before && before.status?.taskDefinition !== after?.status?.taskDefinition) left(before.status?.taskDefinition);
    if (before && before.spec.taskDefinition !== after?.spec.taskDefinition) left(before.spec.taskDefinition);
  });
  taskSets.onChange(({ before, after }) => {
    if (after === undefined) left(before?.status?.taskDefinition ?? before?.spec.taskDefinition);
  });
  tasks.onChange(({ before, after }) => {
    const ended =
      after === undefined || (before?.status?.lastStatus !== "STOPPED" && after.status?.lastStatus === "STOPPED");
    if (ended) left((after ?? before)?.spec.taskDefinition);
  });
}

class TaskDefinitionReconciler {
  private readonly deps: Deps;
  /** Uid → number given by this process, which the cache may not show yet. */
  private readonly given = new Map<string, { family: string; revision: number }>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  async reconcile(ref: ObjectRef, signal: AbortSignal): Promise<ReconcileOutcome | void> {
    const { kube, informers, identity, recorder } = this.deps;
    const resource = informers.taskDefinitions.get(undefined, ref.name);
    if (resource === undefined) return;
    if (isDeleting(resource) && !hasFinalizer(resource, TASK_DEFINITION_FINALIZER)) return;
    if (!isDeleting(resource) && !hasFinalizer(resource, TASK_DEFINITION_FINALIZER)) {
      await addFinalizer(kube, RESOURCES.ECSTaskDefinition, resource, TASK_DEFINITION_FINALIZER, { signal });
      return; // the change that this makes brings it back
    }
    if (isDeleting(resource)) return this.finalize(resource, signal);
    const others = informers.taskDefinitions.byIndex(INDEX.family, resource.spec.family);
    const taken = isNumberTaken(resource, others);
    const revision = await this.numberOf(resource, others, taken, signal);
    const clash = taken && resource.spec.revision !== undefined;
    const status = taskDefinitionStatus(resource, revision, clash, { identity, now: this.deps.now() });
    const written = await applyStatus(kube, RESOURCES.ECSTaskDefinition, resource, status, {
      fieldManager: FIELD_MANAGER,
      signal,
    });
    const stalled = status.conditions?.find(({ type, status }) => type === "Stalled" && status === "True");
    if (written && stalled) recorder.event(resource, "Warning", stalled.reason, stalled.message);
  }

  /** The spec's number, the one given before, or the next that is free. */
  private async numberOf(
    resource: ECSTaskDefinition,
    others: readonly ECSTaskDefinition[],
    taken: boolean,
    signal: AbortSignal,
  ): Promise<number> {
    const { family, revision: fixed } = resource.spec;
    if (fixed !== undefined) return fixed;
    const uid = resource.metadata.uid ?? "";
    const before = revisionOf(resource) ?? this.given.get(uid)?.revision;
    if (before !== undefined && !taken) return before;
    const ofFamily = [...this.given.values()].filter((each) => each.family === family).map((each) => each.revision);
    let next = nextRevision(others, Math.max(await recorded(family, this.deps, signal), ...ofFamily));
    // The API names what it registers by its number, and may be ahead of the cache.
    while (await this.exists(taskDefinitionName(family, next), uid, signal)) next += 1;
    this.given.set(uid, { family, revision: next });
    return next;
  }

  private async exists(name: string, uid: string, signal: AbortSignal): Promise<boolean> {
    try {
      const found = await this.deps.kube.get<ECSTaskDefinition>(RESOURCES.ECSTaskDefinition, { name }, { signal });
      return found.metadata.uid !== uid;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** Lets a deleted task definition go once nobody uses it; its number stays on record. */
  private async finalize(resource: ECSTaskDefinition, signal: AbortSignal): Promise<void> {
    const { kube, recorder } = this.deps;
    const referrer = referrerOf(resource, this.deps);
    if (referrer !== undefined) {
      recorder.event(resource, "Normal", "InUse", `${referrer} uses this task definition; it is kept until then.`);
      return;
    }
    const revision = revisionOf(resource);
    if (revision !== undefined) await record(resource.spec.family, revision, this.deps, signal);
    await removeFinalizer(kube, RESOURCES.ECSTaskDefinition, resource, TASK_DEFINITION_FINALIZER, { signal });
    this.given.delete(resource.metadata.uid ?? "");
  }
}
