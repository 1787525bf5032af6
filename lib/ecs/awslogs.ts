import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import { ANNOTATIONS } from "./labels.ts";
import { resourceName, taskIdOfPod } from "./names.ts";

/** Where the output of one container goes, as far as the task definition says it. */
export interface LogDestination {
  readonly group: string;
  /** `<awslogs-stream-prefix>/<container name>`; absent without a prefix. */
  readonly prefix?: string;
}

type LoggingContainer = Pick<ContainerDefinition, "name" | "logConfiguration">;

/**
 * The annotation that tells the capture of logs where each container's output goes, by the container's name in the
 * Pod; undefined where no container has `awslogs`.
 */
export function logDestinationsAnnotation(containers: readonly LoggingContainer[]): string | undefined {
  const destinations = containers.flatMap(({ name = "", logConfiguration }): [string, LogDestination][] => {
    const { "awslogs-group": group, "awslogs-stream-prefix": prefix } = logConfiguration?.options ?? {};
    if (logConfiguration?.logDriver !== "awslogs" || !group) return [];
    return [[resourceName(name), { group, ...(prefix && { prefix: `${prefix}/${name}` }) }]];
  });
  return destinations.length === 0 ? undefined : JSON.stringify(Object.fromEntries(destinations));
}

/** The reverse of {@link logDestinationsAnnotation}; nothing of what is not in that form. */
export function logDestinationsOf(annotations: Readonly<Record<string, string>> = {}): Map<string, LogDestination> {
  const parsed = parseObject(annotations[ANNOTATIONS.logDestinations] ?? "{}");
  return new Map(
    Object.entries(parsed).flatMap(([container, value]): [string, LogDestination][] => {
      const { group, prefix } = (value ?? {}) as Partial<Record<keyof LogDestination, unknown>>;
      if (typeof group !== "string" || group === "") return [];
      return [[container, { group, ...(typeof prefix === "string" && { prefix }) }]];
    }),
  );
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
 * Name of the log stream: `prefix/container/task-id`, or without a prefix the id that the container runtime gave.
 * @param taskId of a task of a service: undefined, its id follows from the Pod's uid
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
 */
export function logStreamName(
  { prefix }: LogDestination,
  pod: { readonly taskId: string | undefined; readonly uid: string; readonly runtimeId: string },
): string {
  return prefix === undefined ? pod.runtimeId : `${prefix}/${pod.taskId ?? taskIdOfPod(pod.uid)}`;
}
