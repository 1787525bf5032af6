import { clusterArn, clusterNameOf, type Identity, serviceArn, taskArn } from "#lib/ecs/arns.ts";

type Structure = Readonly<Record<string, unknown>>;

/** ARNs that one record names at most. */
const MAX_TARGETS = 100;
/** Longest text that is taken for an ARN. */
const MAX_ARN = 500;

/**
 * The ARNs of what a call is about: those in its input and its answer, and of ECS's names the ARNs that they mean. Only
 * members that name something are looked at, never what a resource contains.
 */
export function targetsOf(input: unknown, output: unknown, identity: Identity): string[] {
  const targets = new Set<string>();
  if (isStructure(input)) {
    for (const value of Object.values(input)) addArns(targets, value);
    for (const arn of namedIn(input, identity)) targets.add(arn);
  }
  if (isStructure(output)) {
    for (const [name, value] of Object.entries(output)) addAnswered(targets, name, value);
  }
  return [...targets].slice(0, MAX_TARGETS);
}

/** ECS's names: a service of a cluster, tasks, the cluster itself. */
function namedIn(input: Structure, identity: Identity): string[] {
  const reference = input["cluster"] ?? input["clusterName"];
  const cluster = clusterNameOf(typeof reference === "string" ? reference : undefined);
  const arns = namesIn(input["service"], input["serviceName"], input["services"]).map((name) =>
    serviceArn(identity, cluster, name),
  );
  arns.push(...namesIn(input["task"], input["tasks"]).map((id) => taskArn(identity, cluster, id)));
  if (arns.length === 0) arns.push(...namesIn(reference).map((name) => clusterArn(identity, name)));
  return arns;
}

function namesIn(...values: readonly unknown[]): string[] {
  return values.flat().filter((value): value is string => typeof value === "string" && !value.startsWith("arn:"));
}

/** `service` → its `serviceArn`, `tasks` → each one's `taskArn`; `RuleArn`. Failures have ARNs, too, of what is not there. */
function addAnswered(targets: Set<string>, name: string, value: unknown): void {
  if (/arns?$/i.test(name)) return addArns(targets, value);
  const one = name.replace(/s$/, "");
  for (const each of [value].flat()) {
    if (isStructure(each)) addArns(targets, each[`${one}Arn`] ?? each["arn"]);
  }
}

function addArns(targets: Set<string>, value: unknown): void {
  for (const each of [value].flat()) {
    if (typeof each === "string" && each.length <= MAX_ARN && /^arn:aws[-a-z]*:\S+$/.test(each)) targets.add(each);
  }
}

function isStructure(value: unknown): value is Structure {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
