import { acts, below, is, type MemberTable, partly, refuse } from "./member-support.ts";
import { CONTAINER_MEMBERS } from "./supported-containers.ts";
import { VOLUME_MEMBERS } from "./supported-volumes.ts";

/**
 * What becomes of each member of RegisterTaskDefinition's input. A new member of the ECS API has to be entered here:
 * a test compares this with the model. `docs/task-definition-members.md` is written from it.
 */
export const MEMBERS: MemberTable = {
  family: acts("name of the family, label `kecs.io/task-family`"),
  taskRoleArn: acts("credentials for the containers, as configured: see docs/task-roles.md; else kept and shown"),
  executionRoleArn: acts("kept and shown"),
  networkMode: partly(
    "`awsvpc` and `bridge`: the Pod's network, in which containers share localhost; `host`: `hostNetwork`",
    "the network mode none is not supported: a Pod always has a network",
    is("none"),
  ),
  cpu: acts("CPU of the Pod as a whole, request and limit; 1,024 units are one CPU"),
  memory: acts("memory of the Pod as a whole, request and limit"),
  tags: acts("tags of the task definition, and of tasks that propagate them"),
  requiresCompatibilities: acts("checked: FARGATE asks for awsvpc, a valid pair of cpu and memory, no privileges"),
  pidMode: acts("`task`: `shareProcessNamespace`; `host`: `hostPID`"),
  ipcMode: partly(
    "`task`: as in every Pod; `host`: `hostIPC`",
    "the IPC mode none is not supported: containers of a Pod share their IPC namespace",
    is("none"),
  ),
  proxyConfiguration: refuse("proxies are not supported"),
  inferenceAccelerators: refuse("inference accelerators are not supported"),
  ephemeralStorage: acts("limit of `ephemeral-storage` for the whole Pod, without reserving it"),
  "runtimePlatform.cpuArchitecture": acts("node selector `kubernetes.io/arch`"),
  "runtimePlatform.operatingSystemFamily": partly(
    "node selector `kubernetes.io/os`",
    "only LINUX is supported",
    (value) => value !== "LINUX",
  ),
  enableFaultInjection: refuse("fault injection is not supported"),
  trustedExecutionConfiguration: refuse("trusted execution is not supported"),
  "placementConstraints[].type": acts("`memberOf`; see [placement.md](placement.md)"),
  "placementConstraints[].expression": acts(
    "required node affinity; what labels cannot say is decided when a task starts, and refused by name for services",
  ),
  ...below("volumes[]", VOLUME_MEMBERS),
  ...below("containerDefinitions[]", CONTAINER_MEMBERS),
};
