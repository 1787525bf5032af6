/**
 * Task definitions for property tests: the members and types that the ECS model has, with values that mean something
 * where a member's text has a form. A new member of the model is generated as soon as it is not refused.
 */
import * as fc from "fast-check";
import type { MemberSupport } from "#lib/ecs/member-support.ts";
import { MEMBERS } from "#lib/ecs/supported-members.ts";
import { taskDefinitionProblems } from "#lib/ecs/supported.ts";
import type { ContainerDefinition, RegisterTaskDefinitionRequest } from "#model/generated/types.generated.ts";
import { itemOf, loadModel, type Shape, shapeOf } from "../../model/generate/model.ts";

type Definition = RegisterTaskDefinitionRequest;

const model = loadModel();
const CONTAINERS = "containerDefinitions[]";
const VOLUME_NAMES = ["data", "Cache_1"];
const PATHS = ["/data", "/var/lib/app", "/tmp/x"];

const one = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 4, max });
const address = fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.1.${a}.${b}`);
const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,12}$/);
const anyText = fc.string({ maxLength: 20, unit: "grapheme-ascii" });

/** Values of members whose type alone does not say what they may be; the container's lie below `CONTAINERS`. */
const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  family: word,
  tags: fc.constant([{ key: "team", value: "shop" }]),
  cpu: one("256", "1 vCPU", "2048"),
  memory: one("512", "2GB", "4096"),
  "ephemeralStorage.sizeInGiB": fc.integer({ min: 21, max: 200 }),
  "placementConstraints[].expression": one("attribute:ecs.os-type == linux", "attribute:stack in [a, b]"),
  "placementConstraints[].type": one("memberOf"),
  "volumes[].name": one(...VOLUME_NAMES),
  "volumes[].host.sourcePath": one("/mnt/data", "/tmp"),
  "volumes[].dockerVolumeConfiguration.driverOpts": one({}, { size: "1Gi" }),
  "volumes[].efsVolumeConfiguration.fileSystemId": one("fs-0123456789abcdef0"),
  "volumes[].efsVolumeConfiguration.rootDirectory": one("/", "/srv/data"),
  "volumes[].efsVolumeConfiguration.transitEncryptionPort": fc.integer({ min: 1, max: 65_535 }),
  "volumes[].efsVolumeConfiguration.authorizationConfig.accessPointId": one("fsap-0123456789abcdef0"),
  ...inContainer({
    name: word,
    image: one("busybox", "nginx:1.27", "public.ecr.aws/x/y@sha256:".padEnd(90, "a")),
    "repositoryCredentials.credentialsParameter": one("arn:aws:secretsmanager:us-east-1:1:secret:registry-AbCdEf"),
    cpu: fc.integer({ min: 0, max: 200 }),
    memory: size(200),
    memoryReservation: size(200),
    "portMappings[].containerPort": fc.integer({ min: 1, max: 65_535 }),
    "portMappings[].hostPort": fc.integer({ min: 0, max: 65_535 }),
    "portMappings[].containerPortRange": one("8000-8009", "100-199"),
    "portMappings[].name": word,
    "environment[].name": one("A", "lower", "A.B", "_x", "AWS_REGION"),
    "environment[].value": one("", "$(A)", "$$", "text"),
    "environmentFiles[].value": one("arn:aws:s3:::conf/a.env", "arn:aws:s3:::conf/B/c_d.env"),
    mountPoints: fc.array(
      fc.record({ sourceVolume: one(...VOLUME_NAMES), containerPath: one(...PATHS), readOnly: fc.boolean() }),
      { maxLength: 2 },
    ),
    volumesFrom: fc.constant([]),
    "linuxParameters.capabilities.add[]": one("NET_ADMIN", "SYS_PTRACE", "ALL"),
    "linuxParameters.capabilities.drop[]": one("MKNOD", "ALL"),
    "linuxParameters.sharedMemorySize": size(64),
    "linuxParameters.maxSwap": fc.constant(0),
    "linuxParameters.tmpfs[].containerPath": one("/run/a", "/run/b"),
    "linuxParameters.tmpfs[].size": size(64),
    "linuxParameters.tmpfs[].mountOptions": one(["rw"], ["defaults"]),
    "secrets[].name": one("S1", "S2"),
    "secrets[].valueFrom": one(
      "/prod/db",
      "Param_1",
      "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf:user::",
    ),
    dependsOn: fc.constant([]),
    startTimeout: fc.integer({ min: 2, max: 120 }),
    stopTimeout: fc.integer({ min: 0, max: 120 }),
    hostname: one("web"),
    user: one("0", "1000:1000", "root"),
    workingDirectory: one("/", "/srv"),
    "links[]": one("db:database"),
    "dnsServers[]": address,
    "dnsSearchDomains[]": one("corp.example.com", "example.org"),
    "extraHosts[].hostname": one("db.internal", "cache"),
    "extraHosts[].ipAddress": address,
    dockerSecurityOptions: one([], ["no-new-privileges"], ["apparmor:docker-default", "label:type:svirt_t"]),
    dockerLabels: fc.dictionary(one("team", "com.example/app", "not a key", "kecs.io/x"), anyText, { maxKeys: 2 }),
    "logConfiguration.logDriver": one("awslogs", "json-file"),
    "logConfiguration.options": one(
      {},
      { "awslogs-group": "/ecs/a", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p" },
    ),
    "healthCheck.command": one(["CMD-SHELL", "true"], ["CMD", "true"], ["NONE"]),
    "healthCheck.interval": fc.integer({ min: 5, max: 300 }),
    "healthCheck.timeout": fc.integer({ min: 2, max: 60 }),
    "healthCheck.retries": fc.integer({ min: 1, max: 10 }),
    "healthCheck.startPeriod": fc.integer({ min: 0, max: 300 }),
    "systemControls[].namespace": one("net.ipv4.ip_unprivileged_port_start", "kernel.shm_rmid_forced"),
    "systemControls[].value": one("0", "1"),
    "resourceRequirements[].type": one("GPU"),
    "resourceRequirements[].value": one("1", "2"),
    "restartPolicy.ignoredExitCodes[]": fc.integer({ min: 0, max: 255 }),
    "restartPolicy.restartAttemptPeriod": fc.integer({ min: 60, max: 1800 }),
    "ulimits[].name": one("nofile", "nproc"),
    "ulimits[].softLimit": size(100),
    "ulimits[].hardLimit": fc.integer({ min: 100, max: 65_536 }),
  }),
};

function inContainer(values: Record<string, fc.Arbitrary<unknown>>): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [`${CONTAINERS}.${path}`, value]));
}

/** Task definitions that KECS accepts: those that break a rule across members are left out. */
export const taskDefinitions: fc.Arbitrary<Definition> = value("RegisterTaskDefinitionRequest", "")
  .chain((definition) => withDependencies(connected(definition as Definition)))
  .filter((definition) => {
    const { invalid, unsupported } = taskDefinitionProblems(definition);
    return invalid.length + unsupported.length === 0;
  });

/** Most optional members are left out: all at once, some rule across members would always be broken. */
function sometimes(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

function value(shapeName: string, path: string): fc.Arbitrary<unknown> {
  const given = VALUES[path];
  if (given) return given;
  const shape = shapeOf(model, shapeName);
  const support: MemberSupport | undefined = MEMBERS[path];
  const allowed = support?.asked === undefined ? () => true : (each: unknown) => support.asked?.(each) !== true;
  if (shape.enum) return one(...shape.enum.filter(allowed));
  if (shape.type === "boolean") return fc.boolean();
  if (shape.type === "integer" || shape.type === "long") return fc.integer({ min: 0, max: 100 });
  if (shape.type === "string") return anyText;
  if (shape.type === "list") {
    const minLength = path === CONTAINERS.slice(0, -2) ? 1 : 0;
    return fc.array(value(itemOf(shapeName, shape), `${path}[]`), { minLength, maxLength: 3 });
  }
  if (shape.type === "map") return fc.dictionary(word, anyText, { maxKeys: 2 });
  if (shape.type !== "structure") throw new Error(`no value for ${path}, a ${shape.type}`);
  return structure(shape, path);
}

function structure(shape: Shape, path: string): fc.Arbitrary<unknown> {
  const members = Object.entries(shape.members ?? {}).flatMap(([name, member]) => {
    const inner = path === "" ? name : `${path}.${name}`;
    return isRefused(inner) ? [] : [[name, value(member.shape, inner)] as const];
  });
  const always =
    path === CONTAINERS ? ["name", "image", "memory"] : members.length < 4 ? Object.keys(shape.members ?? {}) : [];
  const required = new Set([...(shape.required ?? []), ...always]);
  const record = Object.fromEntries(
    members.map(([name, arbitrary]) => [name, required.has(name) ? arbitrary : sometimes(arbitrary)]),
  );
  return fc.record(record).map((object) => JSON.parse(JSON.stringify(object)) as unknown);
}

/** Refused whatever it says. */
function isRefused(path: string): boolean {
  const support = MEMBERS[path];
  return support !== undefined && support.does === undefined;
}

/** Names made unique, and volumes that are mounted made to exist. */
function connected(definition: Definition): Definition {
  const containers = definition.containerDefinitions.map((container, index) => ({
    ...container,
    name: `${container.name ?? ""}${index}`,
    ...(index === 0 && { essential: true }),
  }));
  const named = new Map(
    (definition.volumes ?? []).filter(({ name }) => name !== undefined).map((volume) => [volume.name, volume]),
  );
  for (const { sourceVolume } of containers.flatMap(({ mountPoints }) => mountPoints ?? [])) {
    if (!named.has(sourceVolume)) named.set(sourceVolume, { name: sourceVolume ?? "" });
  }
  return { ...definition, containerDefinitions: containers, volumes: [...named.values()] };
}

/** The first container waits for some of the others. */
function withDependencies(definition: Definition): fc.Arbitrary<Definition> {
  const [first = {}, ...others] = definition.containerDefinitions;
  return fc.subarray(others).chain((awaited) =>
    fc.tuple(...awaited.map((container) => one(...conditionsOf(container)))).map((conditions) => {
      const dependsOn = awaited.map(({ name = "" }, index) => ({
        containerName: name,
        condition: conditions[index] ?? "START",
      }));
      return { ...definition, containerDefinitions: [{ ...first, dependsOn }, ...others] };
    }),
  );
}

function conditionsOf({
  essential,
  healthCheck,
}: ContainerDefinition): ("START" | "HEALTHY" | "COMPLETE" | "SUCCESS")[] {
  return [
    "START",
    ...(healthCheck ? (["HEALTHY"] as const) : []),
    ...(essential === false ? (["COMPLETE", "SUCCESS"] as const) : []),
  ];
}
