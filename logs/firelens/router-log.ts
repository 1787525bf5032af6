import type { KubeClient } from "#lib/kube/client.ts";
import type { OpenLog, OpenLogOf } from "../sink.ts";
import type { RecordMembers } from "./forward-protocol.ts";
import type { Positions } from "./positions.ts";
import type { RoutedContainer } from "./routed-containers.ts";
import { RouterConnection } from "./router-connection.ts";

export interface RouterLogDeps {
  readonly kube: KubeClient;
  readonly positions: Positions;
  /** Instance id of a node, as far as it can be told. */
  readonly instanceId: (node: string, signal: AbortSignal) => Promise<string | undefined>;
  /** Told how many records a log router has taken. */
  readonly sent: (records: number) => void;
}

/** Records of one message: Fluent Bit takes no more than a megabyte at once. */
const MAX_RECORDS = 500;

/**
 * Sends a container's events to its task's log router. Each message is acknowledged before the next is sent, and only
 * then the log counts as taken so far: nothing waits in memory but what was read at once, and a router that is slow
 * or not there yet holds up the reading, not the container.
 */
export function routerLogOf({ kube, positions, instanceId, sent }: RouterLogDeps): OpenLogOf<RoutedContainer> {
  return async (container, stream, signal): Promise<OpenLog> => {
    const connection = new RouterConnection(kube, container.pod, signal);
    const members = await membersOf(container, stream, instanceId, signal);
    return {
      position: positions.get(stream),
      async append(entries, position) {
        for (let start = 0; start < entries.length; start += MAX_RECORDS) {
          const part = entries.slice(start, start + MAX_RECORDS);
          await connection.send(container.tag, part, members);
          sent(part.length);
        }
        positions.set(stream, position);
      },
      flush: async () => undefined, // what was appended was acknowledged
      close: () => connection.close(),
    };
  };
}

/**
 * What a record has besides `log`. Kubernetes does not tell which of the two output streams a line is from.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
 */
async function membersOf(
  { name, task }: RoutedContainer,
  stream: string,
  instanceId: RouterLogDeps["instanceId"],
  signal: AbortSignal,
): Promise<RecordMembers> {
  const id = task?.node === undefined ? undefined : await instanceId(task.node, signal);
  return {
    container_id: stream,
    container_name: name,
    source: "stdout",
    ...(task && { ecs_task_arn: task.arn }),
    ...(id !== undefined && { ec2_instance_id: id }),
  };
}
