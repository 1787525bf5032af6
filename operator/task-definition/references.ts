import { parseTaskDefinition } from "#lib/ecs/arns.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSTask, ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";

/**
 * Who keeps a task definition: the first service, task set or unstopped task found that runs it or asks for it, as
 * `ECSService default/web`.
 */
export function referrerOf(
  definition: ECSTaskDefinition,
  { informers }: { informers: Pick<Deps["informers"], "services" | "taskSets" | "tasks"> },
): string | undefined {
  const { family } = definition.spec;
  const revision = revisionOf(definition);
  if (revision === undefined) return undefined;
  const service = informers.services
    .byIndex(INDEX.family, family)
    .find(({ spec, status }) =>
      refers(status?.taskDefinition ?? spec.taskDefinition, spec.taskDefinition, status?.rollout?.taskDefinition),
    );
  if (service) return `ECSService ${keyOf(refOf(service))}`;
  const taskSet = informers.taskSets
    .byIndex(INDEX.family, family)
    .find(({ spec, status }) => refers(status?.taskDefinition ?? spec.taskDefinition));
  if (taskSet) return `ECSTaskSet ${keyOf(refOf(taskSet))}`;
  const task = informers.tasks
    .byIndex(INDEX.family, family)
    .find((each) => isRunning(each) && refers(each.status?.taskDefinitionArn, each.spec.taskDefinition));
  return task && `ECSTask ${keyOf(refOf(task))}`;

  function refers(...references: readonly (string | undefined)[]): boolean {
    return references.some((reference) => {
      const parsed = parseTaskDefinition(reference ?? "");
      return parsed?.family === family && parsed.revision === revision;
    });
  }
}

const isRunning = ({ status }: ECSTask): boolean => status?.lastStatus !== "STOPPED";
