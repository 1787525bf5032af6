import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import { BUFFER_LIMIT_OPTION, FIRELENS_DRIVER, logRouterOf, parseBoolean, usesFirelens } from "./firelens.ts";
import type { UnsupportedMember } from "./member-support.ts";
import type { Definition, Problem } from "./problem.ts";
import { routerConfigSecretOf } from "./secret-reference.ts";

const ROUTER_OPTIONS = ["enable-ecs-log-metadata", "config-file-type", "config-file-value"];
/** Option that names the output plugin, by the kind of the log router. */
export const OUTPUT_OPTION = { fluentbit: "Name", fluentd: "@type" } as const;
/** Options of the log driver that belong to no output plugin. */
const FILTER_OPTIONS = ["include-pattern", "exclude-pattern", BUFFER_LIMIT_OPTION];
const MAX_BUFFER_LINES = 536_870_912;
/** In a configuration these would end a line, and begin something else; quotes would end a secret option's name. */
const LINE_BREAK = /[\r\n\0]/;
const SECRET_OPTION_NAME = /^[-.@\w]+$/;

/**
 * What ECS says of a log router and of the log driver awsfirelens when a task definition is registered; what its agent
 * says of their options when the task starts is said here already.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
 */
export function firelensProblems(definition: Definition): Problem[] {
  const { containerDefinitions: containers } = definition;
  const routers = containers.filter(({ firelensConfiguration }) => firelensConfiguration !== undefined);
  if (routers.length > 1) {
    return [
      problem(
        "containerDefinitions",
        "A task definition can have only one container with a firelensConfiguration object.",
      ),
    ];
  }
  const [router] = routers;
  if (router === undefined) return withoutRouter(containers);
  if (!containers.some(usesFirelens)) {
    const message =
      "When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.";
    return [problem(`${pathOf(containers, router)}.firelensConfiguration`, message)];
  }
  return [
    ...routerProblems(router, definition),
    ...containers.filter(usesFirelens).flatMap((container) => driverProblems(container, router, containers)),
  ];
}

function withoutRouter(containers: readonly ContainerDefinition[]): Problem[] {
  const message =
    "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.";
  return containers
    .filter(usesFirelens)
    .slice(0, 1)
    .map((container) => problem(`${pathOf(containers, container)}.logConfiguration`, message));
}

function routerProblems(router: ContainerDefinition, definition: Definition): Problem[] {
  const path = pathOf(definition.containerDefinitions, router);
  const message = optionsProblem(router.firelensConfiguration?.options ?? {}, definition);
  return message === undefined ? [] : [problem(`${path}.firelensConfiguration.options`, message)];
}

function optionsProblem(
  options: Readonly<Record<string, string>>,
  { requiresCompatibilities }: Definition,
): string | undefined {
  const strange = Object.keys(options).filter((name) => !ROUTER_OPTIONS.includes(name));
  if (strange.length > 0) return `FireLens configuration disallows options: ${strange.join(", ")}`;
  const { "enable-ecs-log-metadata": metadata, "config-file-type": type, "config-file-value": value } = options;
  if (metadata !== undefined && parseBoolean(metadata) === undefined) {
    return invalid(metadata, "enable-ecs-log-metadata");
  }
  if (type === undefined && value === undefined) return undefined;
  if (type === undefined) return "option config-file-value is specified but config-file-type is not specified";
  if (!value) return "option config-file-type is specified but config-file-value is not specified";
  if (LINE_BREAK.test(value)) return invalid(value, "config-file-value");
  if (type === "file") return undefined;
  if (type !== "s3") return invalid(type, "config-file-type");
  if (requiresCompatibilities?.includes("FARGATE")) return "Fargate only supports the config-file-type 'file'.";
  return routerConfigSecretOf(value) === undefined ? "Invalid arn syntax." : undefined;
}

const invalid = (value: string, option: string): string => `invalid value ${value} is specified for option ${option}`;

function driverProblems(
  container: ContainerDefinition,
  router: ContainerDefinition,
  containers: readonly ContainerDefinition[],
): Problem[] {
  const { options = {}, secretOptions = [] } = container.logConfiguration ?? {};
  const path = `${pathOf(containers, container)}.logConfiguration`;
  const message =
    outputProblem([...Object.keys(options), ...secretOptions.map(({ name }) => name)], router) ?? valueProblem(options);
  const strange = secretOptions.find(({ name }) => !SECRET_OPTION_NAME.test(name));
  return [
    ...(message === undefined ? [] : [problem(`${path}.options`, message)]),
    ...(strange ? [problem(`${path}.secretOptions`, `invalid name ${strange.name} of a secret option`)] : []),
  ];
}

/** Without any option the output is in the router's own configuration file. */
function outputProblem(names: readonly string[], { firelensConfiguration }: ContainerDefinition): string | undefined {
  const type = firelensConfiguration?.type ?? "fluentbit";
  const key = OUTPUT_OPTION[type];
  const ofOutput = names.filter((name) => !FILTER_OPTIONS.includes(name));
  return ofOutput.length === 0 || ofOutput.includes(key)
    ? undefined
    : `missing output key ${key} which is required for firelens configuration of type ${type}`;
}

function valueProblem(options: Readonly<Record<string, string>>): string | undefined {
  const broken = Object.entries(options).find(([name, value]) => LINE_BREAK.test(name + value));
  if (broken) return `Log driver ${FIRELENS_DRIVER} option '${broken[0]}' should not have line breaks.`;
  const limit = options[BUFFER_LIMIT_OPTION];
  if (limit === undefined || (/^\d{1,9}$/.test(limit) && Number(limit) < MAX_BUFFER_LINES)) return undefined;
  return `Log driver ${FIRELENS_DRIVER} option '${BUFFER_LIMIT_OPTION}' should be a number from 0 to ${MAX_BUFFER_LINES - 1}.`;
}

/** What FireLens does on ECS and not here. */
export function unsupportedFirelens({
  containerDefinitions: containers,
  networkMode,
}: Definition): UnsupportedMember[] {
  const router = logRouterOf(containers);
  return [
    ...(router !== undefined && networkMode === "host"
      ? [
          {
            path: `${pathOf(containers, router)}.firelensConfiguration`,
            why: "FireLens is not supported in networkMode host: tasks would share the node's port 24224; use awsvpc or bridge",
          },
        ]
      : []),
    ...containers
      .filter((container) => !usesFirelens(container) && container.logConfiguration?.secretOptions?.length)
      .map((container) => ({
        path: `${pathOf(containers, container)}.logConfiguration.secretOptions`,
        why: `secret options are supported for the log driver ${FIRELENS_DRIVER} only`,
      })),
  ];
}

function pathOf(containers: readonly ContainerDefinition[], container: ContainerDefinition): string {
  return `containerDefinitions[${containers.indexOf(container)}]`;
}

function problem(path: string, message: string): Problem {
  return { path, message };
}
