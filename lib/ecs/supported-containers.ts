import { parseUser } from "./container-user.ts";
import { acts, is, type MemberTable, partly, refuse, text } from "./member-support.ts";
import { SUPPORTED_ULIMITS } from "./shell-wrapper.ts";
import { parseSecurityOptions } from "./security-options.ts";
import { environmentFileSecretOf, secretKeyOf } from "./secret-reference.ts";

const SECRET = "is none of: name or ARN of an SSM parameter, ARN of a Secrets Manager secret in its current version";
const ENVIRONMENT_FILE = "is no ARN of an object in S3 that ends in .env (arn:aws:s3:::bucket/path/name.env)";

/** Where an `environmentFiles` entry says which file it is. */
export const ENVIRONMENT_FILE_VALUE = partly(
  "all keys of the Secret that is named after bucket and key, as variables; `environment` and `secrets` win, then the file that comes first",
  ENVIRONMENT_FILE,
  (value) => environmentFileSecretOf(text(value)) === undefined,
);

const MAX_PORTS = 100;

function isPortRange(range: string): boolean {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(range) ?? [];
  const count = Number(to) - Number(from) + 1;
  return Number(from) > 0 && Number(to) <= 65_535 && count > 0 && count <= MAX_PORTS;
}

/** What a container may ask for besides cpu and memory. */
export const RESOURCE_REQUIREMENT_MEMBERS: MemberTable = {
  "resourceRequirements[].value": acts("limit of `nvidia.com/gpu`"),
  "resourceRequirements[].type": partly("`GPU`", "only GPU is supported", (value) => value !== "GPU"),
  "resourceRequirements[].sharingStrategy": refuse("sharing of GPUs is not supported"),
};

/** Members of a task definition's containers. */
export const CONTAINER_MEMBERS: MemberTable = {
  name: acts("name of the Pod's container; a name that is no DNS label is lower-cased with a hash"),
  image: acts(
    "image, by the digest that its tag names when the task or the deployment begins, see [Images](task-definitions.md#images)",
  ),
  "repositoryCredentials.credentialsParameter": partly(
    "an image pull Secret, named as under secrets",
    SECRET,
    (value) => secretKeyOf(text(value)) === undefined,
  ),
  cpu: acts("CPU request, 1,024 units are one CPU; no limit, as ECS gives shares"),
  memory: acts("memory limit"),
  memoryReservation: acts("memory request; `memory` where there is none"),
  links: acts("names for 127.0.0.1, in all containers of the Pod"),
  "portMappings[].containerPort": acts("port of the container; every port of a Pod can be reached at its address"),
  "portMappings[].hostPort": acts("host port, in `bridge` mode where it is fixed"),
  "portMappings[].protocol": acts("protocol of the port"),
  "portMappings[].name": acts(
    "name of the port where Kubernetes allows it; what Service Connect refers to, see [traffic.md](traffic.md)",
  ),
  "portMappings[].appProtocol": acts("`appProtocol` of the Services of Service Connect"),
  "portMappings[].containerPortRange": partly(
    "`networkBindings`; every port of a Pod can be reached at its address",
    "is no range of at most 100 ports, from-to",
    (value) => !isPortRange(text(value)),
  ),
  essential: acts("its end stops the task"),
  "restartPolicy.enabled": acts(
    "the image's shell starts the process again; where `entryPoint` is not given, Kubernetes the container",
  ),
  "restartPolicy.ignoredExitCodes": acts("with these the container ends"),
  "restartPolicy.restartAttemptPeriod": acts("a container that ran for less ends; 300 s unless given"),
  entryPoint: acts("`command`; `$(NAME)` is left as it is"),
  command: acts("`args`; `$(NAME)` is left as it is"),
  environment: acts("`env`; wins over what ECS gives and over environment files"),
  "environmentFiles[].value": ENVIRONMENT_FILE_VALUE,
  "environmentFiles[].type": acts("`s3`, the only one"),
  mountPoints: acts("volume mounts"),
  volumesFrom: acts("the other container's volume mounts; its own win"),
  "linuxParameters.capabilities": acts("capabilities of the security context"),
  "linuxParameters.devices": refuse(
    "host devices are not supported: Kubernetes gives them through device plugins; a privileged container sees all of its node",
  ),
  "linuxParameters.initProcessEnabled": acts(
    "`shareProcessNamespace`: the Pod's first process reaps what the containers leave behind",
  ),
  "linuxParameters.sharedMemorySize": acts("an `emptyDir` in memory at /dev/shm"),
  "linuxParameters.tmpfs[].containerPath": acts("where an `emptyDir` in memory is mounted"),
  "linuxParameters.tmpfs[].size": acts("its `sizeLimit`"),
  "linuxParameters.tmpfs[].mountOptions": partly(
    "`defaults`, `rw`",
    "mount options are not supported",
    (value) => Array.isArray(value) && value.some((option) => !["defaults", "rw"].includes(text(option))),
  ),
  "linuxParameters.maxSwap": partly(
    "0: Pods do not swap",
    "swap limits are not supported: the node's kubelet decides about swap",
    (value) => value !== 0,
  ),
  "linuxParameters.swappiness": refuse("swappiness is not supported: it belongs to the node"),
  "secrets[].name": acts("name of the variable; wins over `environment`"),
  "secrets[].valueFrom": partly(
    "a key of a Secret, see [Secrets](task-definitions.md#secrets)",
    SECRET,
    (value) => secretKeyOf(text(value)) === undefined,
  ),
  dependsOn: acts("containers that others wait for become init containers and sidecars; a circle is refused"),
  startTimeout: acts(
    "a container that others wait for and that has not ended, or is not healthy, by then stops the task",
  ),
  stopTimeout: acts("the longest of the task is the Pod's grace period; 30 s where none is given"),
  versionConsistency: acts("`disabled`: the image by its tag, pulled anew by each task"),
  hostname: acts("host name of the Pod"),
  user: partly(
    "numeric ids and `root`: `runAsUser`, `runAsGroup`",
    "only numeric ids and root are supported, because only the image knows the number of a name",
    (value) => parseUser(text(value)) === undefined,
  ),
  workingDirectory: acts("`workingDir`"),
  disableNetworking: refuse("a container without network is not supported: a Pod always has one"),
  privileged: acts("`privileged`"),
  readonlyRootFilesystem: acts("`readOnlyRootFilesystem`"),
  dnsServers: acts("name servers of the Pod, instead of the cluster's"),
  dnsSearchDomains: acts("search domains of the Pod, besides the cluster's"),
  extraHosts: acts("entries of /etc/hosts, in all containers of the Pod"),
  dockerSecurityOptions: partly(
    "`no-new-privileges`: no privilege escalation; `apparmor:<profile>` and `label:<user, role, type or level>:<value>` in the security context",
    "only no-new-privileges, apparmor:<profile> and label:<user, role, type or level>:<value> are supported",
    (value) => Array.isArray(value) && parseSecurityOptions(value.map(text)) === undefined,
  ),
  interactive: acts("`stdin`"),
  pseudoTerminal: acts("`tty`"),
  dockerLabels: acts("annotations of the Pod, where they are valid ones"),
  "ulimits[].name": partly(
    `set by the image's shell, refused where \`entryPoint\` is not given: ${SUPPORTED_ULIMITS.map((name) => `\`${name}\``).join(", ")}`,
    `only ${SUPPORTED_ULIMITS.join(", ")} are supported`,
    (value) => !is(...SUPPORTED_ULIMITS)(value),
  ),
  "ulimits[].softLimit": acts("the soft limit; -1 is unlimited"),
  "ulimits[].hardLimit": acts("the hard limit; more than the node allows ends the container with 126"),
  "logConfiguration.logDriver": partly(
    "`awslogs`: output is kept under its log group and stream, see [logs.md](logs.md); `awsfirelens`: the task's log router gets it, see [firelens.md](firelens.md); `json-file`: the Pod's log alone",
    "only awslogs, awsfirelens and json-file are supported",
    (value) => !is("awslogs", "awsfirelens", "json-file")(value),
  ),
  "logConfiguration.options": partly(
    "of `awslogs`: group, stream prefix, see [logs.md](logs.md); of `awsfirelens`: the output in the log router's configuration, see [firelens.md](firelens.md)",
    "awslogs-datetime-format and awslogs-multiline-pattern are not supported: each line is an event",
    (value) =>
      typeof value === "object" &&
      value !== null &&
      ("awslogs-datetime-format" in value || "awslogs-multiline-pattern" in value),
  ),
  "logConfiguration.secretOptions[].name": acts(
    "of `awsfirelens`: an option whose value the log router finds in its environment; refused for other drivers",
  ),
  "logConfiguration.secretOptions[].valueFrom": partly(
    "a key of a Secret, see [Secrets](task-definitions.md#secrets)",
    SECRET,
    (value) => secretKeyOf(text(value)) === undefined,
  ),
  healthCheck: acts("readiness probe: decides `healthStatus`, restarts nothing in place"),
  systemControls: acts("sysctls of the Pod"),
  ...RESOURCE_REQUIREMENT_MEMBERS,
  "firelensConfiguration.type": acts(
    "which configuration is written for the log router, see [firelens.md](firelens.md)",
  ),
  "firelensConfiguration.options": acts(
    "`enable-ecs-log-metadata`; `config-file-type` `file`: included, `s3`: a Secret that is mounted and included. Refused in networkMode `host`",
  ),
  credentialSpecs: refuse("credential specs are not supported: they are for Windows and Active Directory"),
};
