import { identity } from "./fixtures.ts";
import type { KubernetesObject } from "../kubernetes-kinds.ts";
import { kubernetesRow, type KubernetesRow } from "../kubernetes-rows.ts";
import { ARN, at } from "./story.ts";

const metadata = (name: string, version: number) => ({
  name,
  namespace: "ecs-shop",
  uid: `uid-${name}`,
  resourceVersion: String(version),
});

type Pod = Extract<KubernetesObject, { kind: "Pod" }>;

/** The Pod of task bbb of story.ts, with a secret where none should stay. */
export function pod(version: number, more: { nodeName?: string; status?: Pod["status"] } = {}): Pod {
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      ...metadata("pod-bbb", version),
      labels: { "kecs.io/service": "web", "app.kubernetes.io/managed-by": "kecs" },
      annotations: {
        "kecs.io/cluster-arn": `${ARN}:cluster/shop`,
        "kecs.io/task-arn": `${ARN}:task/shop/bbb`,
        "kecs.io/service-arn": `${ARN}:service/shop/web`,
      },
      managedFields: [{ manager: "kubelet" }],
    },
    spec: {
      ...(more.nodeName !== undefined && { nodeName: more.nodeName }),
      containers: [{ name: "app", image: "busybox", env: [{ name: "TOKEN", value: "hunter2" }] }],
    },
    status: more.status ?? {},
  };
}

/** An Event about the Pod of that name. */
export function event(
  name: string,
  version: number,
  about: string,
  said: { type: string; reason: string; message: string } | object = {},
): KubernetesObject {
  const involvedObject = { kind: "Pod", apiVersion: "v1", namespace: "ecs-shop", name: about, uid: `uid-${about}` };
  return { kind: "Event", apiVersion: "v1", metadata: metadata(name, version), involvedObject, ...said };
}

export function container(state: object) {
  return { name: "app", image: "busybox", imageID: "", ready: true, restartCount: 0, state };
}

const status = (phase: string, state: object) => ({ phase, containerStatuses: [container(state)] });

/** How Kubernetes tells the end of task bbb. */
const TOLD: readonly (readonly [time: string, type: KubernetesRow["change"], object: KubernetesObject])[] = [
  ["12:00:00", "ADDED", pod(301, { status: status("Pending", { waiting: { reason: "ContainerCreating" } }) })],
  [
    "12:00:02",
    "ADDED",
    event("scheduled", 302, "pod-bbb", {
      type: "Normal",
      reason: "Scheduled",
      message: "Successfully assigned ecs-shop/bbb to node-2",
    }),
  ],
  [
    "12:00:03",
    "ADDED",
    event("elsewhere", 303, "pod-other", { type: "Normal", reason: "Pulled", message: "not ours" }),
  ],
  ["12:01:00", "MODIFIED", pod(304, { nodeName: "node-2", status: status("Running", { running: {} }) })],
  [
    "12:02:55",
    "MODIFIED",
    pod(305, {
      nodeName: "node-2",
      status: status("Failed", { terminated: { exitCode: 137, reason: "OOMKilled" } }),
    }),
  ],
  [
    "12:02:56",
    "ADDED",
    event("oom", 306, "pod-bbb", {
      type: "Warning",
      reason: "OOMKilling",
      message: "Memory cgroup out of memory: Killed process 4711",
    }),
  ],
];

/** The rows of that. */
export function kubernetesStory(): KubernetesRow[] {
  const rows = TOLD.map(([time, type, object]) =>
    kubernetesRow(
      object,
      {
        type: type as "ADDED",
        source: "watch",
        resourceVersion: object.metadata?.resourceVersion ?? "",
        at: new Date(at(time)),
      },
      identity,
    ),
  );
  const gone = { change: "DELETED", source: "relist", resource_version: "400", changed_at: new Date(at("12:03:00")) };
  const last = rows.find(({ kind }) => kind === "Pod");
  return last === undefined
    ? rows
    : [...rows, { ...last, ...gone, summary: undefined, object: undefined, spec: undefined }];
}
