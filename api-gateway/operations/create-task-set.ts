import { randomBytes } from "node:crypto";
import { ANNOTATIONS, API_VERSION, LABELS, labelValue, shortHash } from "#lib/ecs/labels.ts";
import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { requestHash } from "#lib/ecs/request-hash.ts";
import { describeUnsupported } from "#lib/ecs/supported-service.ts";
import { TASK_SETS_MAX, taskSetName } from "#lib/ecs/task-set.ts";
import { unsupportedTaskSetMembers } from "#lib/ecs/task-set-rules.ts";
import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { refOf } from "#lib/kube/resources.ts";
import { type ECSTaskSet, type ECSTaskSetSpec, RESOURCES } from "#model/generated/resources.generated.ts";
import type { CreateTaskSetRequest } from "#model/generated/types.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { usableTarget } from "../capacity-providers/launch-target.ts";
import { createInNamespace } from "../common/write.ts";
import type { Call, Deps, Handler } from "../operation.ts";
import type { CalledService } from "../services/service.ts";
import { requireTaskSetService, taskSetAnswer } from "../services/task-set.ts";
import { requireLaunchable } from "../task-definitions/task-definition.ts";
import { checkLaunch, launchTypeOf } from "../tasks/launch.ts";
import { checkDefinitionPlacement, checkPlacement } from "../tasks/placement-checks.ts";
import { checkTraffic } from "../services/traffic-checks.ts";
import { checkExecRole } from "../services/service-checks.ts";

/**
 * Creates a task set in a service whose deployment controller is EXTERNAL or CODE_DEPLOY. With the same clientToken
 * the same call answers with the task set that is there.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateTaskSet.html
 */
export const createTaskSet: Handler<"CreateTaskSet"> = async (input, deps, call) => {
  const unsupported = unsupportedTaskSetMembers(input);
  if (unsupported.length > 0) throw unsupportedFeature(describeUnsupported(unsupported));
  const service = await requireTaskSetService(input, deps, call);
  const spec = await specOf(input, service, deps, call);
  const wanted = newTaskSet(input, spec, service);
  const others = (await deps.queries.taskSets(service.ref.uid)).filter(({ ref }) => ref.name !== wanted.metadata.name);
  if (others.length >= TASK_SETS_MAX) {
    throw invalidParameter(
      `${others.length} deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.`,
    );
  }
  return { taskSet: taskSetAnswer(await create(wanted, deps, call), service, deps) };
};

async function specOf(
  input: CreateTaskSetRequest,
  service: CalledService,
  deps: Deps,
  call: Call,
): Promise<ECSTaskSetSpec> {
  const { resource, cluster } = service;
  const { doc, family, revision } = await requireLaunchable(deps, input.taskDefinition);
  const target = await usableTarget(input, await requireCluster(deps, cluster), deps);
  checkLaunch(input, target, doc);
  checkExecRole(resource.spec, doc, "updated");
  checkPlacement(resource.spec, launchTypeOf(target));
  checkDefinitionPlacement(doc);
  await checkTraffic(input, doc, deps, call);
  const { clientToken: _token, launchType: _type, capacityProviderStrategy: _strategy, ...members } = input;
  return {
    ...members,
    ...target,
    cluster,
    service: serviceNameOf(resource),
    taskDefinition: `${family}:${revision}`,
    scale: { value: input.scale?.value ?? 0, unit: "PERCENT" },
  };
}

function newTaskSet(
  input: CreateTaskSetRequest,
  spec: ECSTaskSetSpec,
  { resource, cluster }: CalledService,
): ECSTaskSet & { metadata: { name: string } } {
  const { name = "", namespace = "", uid = "" } = resource.metadata;
  const token = input.clientToken === undefined ? undefined : shortHash(`${uid} ${input.clientToken}`, 10);
  return {
    apiVersion: API_VERSION,
    kind: "ECSTaskSet",
    metadata: {
      name: taskSetName(resource, token ?? randomBytes(5).toString("hex")),
      namespace,
      labels: { [LABELS.cluster]: labelValue(cluster), [LABELS.service]: labelValue(serviceNameOf(resource)) },
      annotations: {
        [ANNOTATIONS.requestHash]: requestHash(input),
        ...(input.clientToken !== undefined && { [ANNOTATIONS.clientToken]: input.clientToken }),
      },
      // Without blockOwnerDeletion, which takes the right to write the service's finalizers; the operator waits anyway.
      ownerReferences: [{ apiVersion: API_VERSION, kind: "ECSService", name, uid, controller: true }],
    },
    spec,
  };
}

async function create(wanted: ECSTaskSet, deps: Deps, call: Call): Promise<ECSTaskSet> {
  try {
    return await createInNamespace(deps, RESOURCES.ECSTaskSet, wanted, call);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const there = await deps.kube.get<ECSTaskSet>(RESOURCES.ECSTaskSet, refOf(wanted), { signal: call.signal });
    const [before, now] = [there, wanted].map(({ metadata }) => metadata.annotations?.[ANNOTATIONS.requestHash]);
    if (before === now) return there;
    throw invalidParameter("Creation of task set was not idempotent.");
  }
}
