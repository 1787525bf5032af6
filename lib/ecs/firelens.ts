import type { ContainerDefinition, LaunchType } from "#model/generated/types.generated.ts";
import { ANNOTATIONS } from "./labels.ts";
import { resourceName } from "./names.ts";

/** The log driver of containers whose output goes to the task's log router. */
export const FIRELENS_DRIVER = "awsfirelens";
/** Where a log router takes records by the Fluent forward protocol, on the Pod's loopback. */
export const FIRELENS_PORT = 24_224;
/** Option of the log driver that is none of the router's output. */
export const BUFFER_LIMIT_OPTION = "log-driver-buffer-limit";

type LoggingContainer = Pick<ContainerDefinition, "name" | "logConfiguration">;
type RoutedContainer = Pick<ContainerDefinition, "name" | "logConfiguration" | "firelensConfiguration" | "dependsOn">;

/** True for a container whose output goes to the log router. */
export function usesFirelens({ logConfiguration }: LoggingContainer): boolean {
  return logConfiguration?.logDriver === FIRELENS_DRIVER;
}

/** The container that routes the others' logs. */
export function logRouterOf<C extends RoutedContainer>(containers: readonly C[]): C | undefined {
  return containers.find(({ firelensConfiguration }) => firelensConfiguration !== undefined);
}

/**
 * The containers with what ECS adds to their `dependsOn`: those that log to the router start after it, unless it
 * waits for others itself or they name it already.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
 */
export function withLogRouterFirst<C extends RoutedContainer>(containers: readonly C[]): C[] {
  const router = logRouterOf(containers);
  const name = router?.name;
  if (name === undefined || (router?.dependsOn?.length ?? 0) > 0) return [...containers];
  return containers.map((container) => {
    const { dependsOn = [] } = container;
    const waits = dependsOn.some(({ containerName }) => containerName === name);
    if (container === router || waits || !usesFirelens(container)) return container;
    return { ...container, dependsOn: [...dependsOn, { containerName: name, condition: "START" as const }] };
  });
}

/** True unless the router's options say that records are not to name the cluster, the task and its definition. */
export function wantsEcsMetadata({ firelensConfiguration }: RoutedContainer): boolean {
  return parseBoolean(firelensConfiguration?.options?.["enable-ecs-log-metadata"] ?? "true") ?? true;
}

/** What ECS takes for a boolean in an option's text; undefined for anything else. */
export function parseBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : undefined;
}

/** What the gateway, which sends output to log routers, has to know of a Pod. */
export interface LogRoutes {
  /** Names in the task definition by those in the Pod, of the containers whose output is sent. */
  readonly containers: ReadonlyMap<string, string>;
  /** Whether records name the task. */
  readonly metadata: boolean;
  /** Whether they also name the container instance: those of Fargate do not. */
  readonly instance: boolean;
}

/** The annotation that says it; undefined where no container has `awsfirelens`. */
export function logRoutesAnnotation(
  containers: readonly RoutedContainer[],
  launchType: LaunchType | undefined,
): string | undefined {
  const router = logRouterOf(containers);
  const names = containers.filter(usesFirelens).map(({ name = "" }) => [resourceName(name), name]);
  if (router === undefined || names.length === 0) return undefined;
  const metadata = wantsEcsMetadata(router);
  return JSON.stringify({
    containers: Object.fromEntries(names),
    metadata,
    instance: metadata && launchType !== "FARGATE",
  });
}

/** The reverse of {@link logRoutesAnnotation}; nothing of what is not in that form. */
export function logRoutesOf(annotations: Readonly<Record<string, string>> = {}): LogRoutes {
  const { containers, metadata, instance } = parseObject(annotations[ANNOTATIONS.logRoutes] ?? "{}");
  const names = Object.entries(typeof containers === "object" && containers !== null ? containers : {});
  return {
    containers: new Map(
      names.flatMap(([key, name]): [string, string][] => (typeof name === "string" ? [[key, name]] : [])),
    ),
    metadata: metadata === true,
    instance: instance === true,
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/**
 * Tag of a container's records.
 * @param name in the task definition
 */
export function firelensTag(name: string, taskId: string): string {
  return `${name}-firelens-${taskId}`;
}
