import { BUFFER_LIMIT_OPTION, FIRELENS_PORT, logRouterOf, usesFirelens, wantsEcsMetadata } from "#lib/ecs/firelens.ts";
import { OUTPUT_OPTION } from "#lib/ecs/firelens-rules.ts";
import type { FirelensConfigurationType } from "#model/generated/types.generated.ts";
import type { NamedContainer, TaskInfo } from "./input.ts";

type Entry = readonly [name: string, value: string];

interface Filter {
  readonly container: string;
  readonly kind: "include" | "exclude";
  readonly pattern: string;
}

interface Output {
  readonly container: string;
  readonly plugin: string;
  readonly options: readonly Entry[];
}

/** What a log router's configuration says, whichever syntax it has. */
interface Parts {
  /** MiB of records that may wait in memory. */
  readonly memoryMiB: number;
  readonly filters: readonly Filter[];
  /** Members that every record gets. */
  readonly fields: readonly Entry[];
  /** Path of a configuration file that is part of it. */
  readonly include: string | undefined;
  readonly outputs: readonly Output[];
}

/** Containers of a Pod share their loopback, by which the gateway's connection comes, too. */
const ADDRESS = "127.0.0.1";
const HEALTH_CHECK = { tag: "firelens-healthcheck", port: "8877" };
/** Where the task definition says nothing of the router's memory. */
const DEFAULT_MEMORY_MIB = 25;

/** Where the configuration from S3 is mounted. */
export const EXTERNAL_CONFIG_PATH: Readonly<Record<FirelensConfigurationType, string>> = {
  fluentbit: "/fluent-bit/etc/external.conf",
  fluentd: "/fluentd/etc/external.conf",
};

/**
 * The configuration of a task's log router, as ECS's agent writes it. It says nothing of the single task: all Pods of
 * a service have it; who sends a container's output adds the task's ARN.
 * @returns undefined where the task definition has no log router
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
 */
export function logRouterConfig(
  containers: readonly NamedContainer[],
  family: string,
  { clusterName, revision }: TaskInfo,
): string | undefined {
  const router = logRouterOf(containers);
  const { type, options = {} } = router?.firelensConfiguration ?? {};
  if (router === undefined || type === undefined) return undefined;
  const memory = router.memoryReservation ?? router.memory ?? 0;
  const file = options["config-file-type"] === "s3" ? EXTERNAL_CONFIG_PATH[type] : options["config-file-value"];
  const parts: Parts = {
    memoryMiB: Math.floor(memory / 2) || DEFAULT_MEMORY_MIB,
    filters: [...filtersOf(containers, "include"), ...filtersOf(containers, "exclude")],
    fields: wantsEcsMetadata(router)
      ? [
          ["ecs_cluster", clusterName],
          ["ecs_task_definition", `${family}:${revision}`],
        ]
      : [],
    include: file,
    outputs: containers.flatMap((container, index) => outputOf(container, index, type)),
  };
  return type === "fluentd" ? fluentd(parts) : fluentBit(parts);
}

/**
 * Variable of the router's environment that has a secret option's value.
 * @param index of the container in the task definition
 */
export function secretOptionVariable(name: string, index: number): string {
  return `${name}_${index}`;
}

function filtersOf(containers: readonly NamedContainer[], kind: Filter["kind"]): Filter[] {
  return containers.filter(usesFirelens).flatMap(({ name, logConfiguration }) => {
    const pattern = logConfiguration?.options?.[`${kind}-pattern`];
    return pattern === undefined ? [] : [{ container: name, kind, pattern }];
  });
}

function outputOf(container: NamedContainer, index: number, type: FirelensConfigurationType): Output[] {
  const { options = {}, secretOptions = [] } = container.logConfiguration ?? {};
  const key = OUTPUT_OPTION[type];
  const placeholder = (variable: string): string =>
    type === "fluentd" ? `"#{ENV['${variable}']}"` : `\${${variable}}`;
  const all = {
    ...options,
    ...Object.fromEntries(
      secretOptions.map(({ name }) => [name, placeholder(secretOptionVariable(name, index))] as const),
    ),
  };
  const plugin = all[key];
  if (!usesFirelens(container) || plugin === undefined) return [];
  const others = [key, "include-pattern", "exclude-pattern", BUFFER_LIMIT_OPTION];
  return [
    { container: container.name, plugin, options: Object.entries(all).filter(([name]) => !others.includes(name)) },
  ];
}

/** @see https://docs.fluentbit.io/manual/administration/configuring-fluent-bit/classic-mode/configuration-file */
function fluentBit({ memoryMiB, filters, fields, include, outputs }: Parts): string {
  const input: Entry[] = [
    ["Listen", ADDRESS],
    ["Port", String(FIRELENS_PORT)],
    ["Mem_Buf_Limit", `${memoryMiB}MB`],
  ];
  return document([
    section("INPUT", "forward", input),
    section("INPUT", "tcp", [
      ["Tag", HEALTH_CHECK.tag],
      ["Listen", ADDRESS],
      ["Port", HEALTH_CHECK.port],
    ]),
    ...filters.map(({ container, kind, pattern }) =>
      section("FILTER", "grep", [
        ["Match", `${container}-firelens*`],
        [kind === "include" ? "Regex" : "Exclude", `log ${pattern}`],
      ]),
    ),
    ...(fields.length > 0
      ? [
          section("FILTER", "record_modifier", [
            ["Match", "*"],
            ...fields.map(([name, value]): Entry => ["Record", `${name} ${value}`]),
          ]),
        ]
      : []),
    ...(include === undefined ? [] : [`@INCLUDE ${include}`]),
    section("OUTPUT", "null", [["Match", HEALTH_CHECK.tag]]),
    ...outputs.map(({ container, plugin, options }) =>
      section("OUTPUT", plugin, [["Match", `${container}-firelens*`], ...options]),
    ),
  ]);
}

function section(kind: string, plugin: string, entries: readonly Entry[]): string {
  return [`[${kind}]`, ...lines([["Name", plugin], ...entries], 4)].join("\n");
}

/** @see https://docs.fluentd.org/configuration/config-file */
function fluentd({ filters, fields, include, outputs }: Parts): string {
  return document([
    element("source", "", [
      ["@type", "forward"],
      ["bind", ADDRESS],
      ["port", String(FIRELENS_PORT)],
    ]),
    ...filters.map(({ container, kind, pattern }) =>
      element("filter", `${container}-firelens**`, [["@type", "grep"]], {
        name: kind === "include" ? "regexp" : "exclude",
        entries: [
          ["key", "log"],
          ["pattern", pattern],
        ],
      }),
    ),
    ...(fields.length > 0
      ? [element("filter", "**", [["@type", "record_transformer"]], { name: "record", entries: fields })]
      : []),
    ...(include === undefined ? [] : [`@include ${include}`]),
    ...outputs.map(({ container, plugin, options }) =>
      element("match", `${container}-firelens**`, [["@type", plugin], ...options]),
    ),
  ]);
}

function element(
  name: string,
  tag: string,
  entries: readonly Entry[],
  inner?: { readonly name: string; readonly entries: readonly Entry[] },
): string {
  const within = inner && [`    <${inner.name}>`, ...lines(inner.entries, 8), `    </${inner.name}>`];
  return [`<${[name, tag].join(" ").trim()}>`, ...lines(entries, 4), ...(within ?? []), `</${name}>`].join("\n");
}

function lines(entries: readonly Entry[], indent: number): string[] {
  return entries.map(([name, value]) => `${" ".repeat(indent)}${name} ${value}`);
}

function document(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}
