import type { ProjectedResource } from "../tables.ts";
import { deploymentDigits, deploymentId } from "#lib/ecs/service-deployment.ts";
import type { Change } from "../batch.ts";
import { cluster, service, task, taskDefinition } from "./fixtures.ts";

export const ARN = "arn:aws:ecs:us-east-1:000000000000";

const definition = (revision: number): string => `${ARN}:task-definition/web:${revision}`;
/** The id that the operator gives the deployment of a revision of the task definition. */
export function deploymentIdOf(revision: number): string {
  return deploymentId(deploymentDigits(service("web", 0), definition(revision)));
}

/** A time of the story's day, 2026-11-24. */
export const at = (time: string): string => `2026-11-24T${time}Z`;

function deployment(revision: number, state: string, failedTasks = 0) {
  return {
    id: deploymentIdOf(revision),
    status: "PRIMARY",
    taskDefinition: definition(revision),
    desiredCount: 2,
    failedTasks,
    createdAt: at(`1${revision}:00:00`),
    updatedAt: at(`1${revision}:05:00`),
    rolloutState: state,
    rolloutStateReason: `ECS deployment ecs-svc/${revision} ${state.toLowerCase()}.`,
  };
}

function container(name: string, exitCode: number | undefined, reason?: string) {
  return {
    name,
    image: "busybox",
    lastStatus: "STOPPED",
    ...(exitCode !== undefined && { exitCode }),
    ...(reason && { reason }),
  };
}

function webTask(name: string, version: number, status: object): ProjectedResource {
  const revision = name === "bbb" ? 2 : 1;
  return task(name, version, {
    spec: { taskDefinition: definition(revision), cluster: "shop", group: "service:web" },
    metadata: { namespace: "ecs-shop" },
    status: { taskArn: `${ARN}:task/shop/${name}`, taskDefinitionArn: definition(revision), ...status },
  });
}

function web(version: number, spec: object, status: object): ProjectedResource {
  return service("web", version, {
    spec: { cluster: "shop", serviceName: "web", ...spec },
    metadata: { namespace: "ecs-shop", creationTimestamp: at("10:00:00") },
    status: {
      clusterArn: `${ARN}:cluster/shop`,
      serviceArn: `${ARN}:service/shop/web`,
      status: "ACTIVE",
      observedGeneration: 1,
      ...status,
    },
  });
}

const event = (id: string, time: string, message: string) => ({ id, createdAt: at(time), message });
const created = { createdAt: at("11:00:00"), pullStartedAt: at("11:00:01"), pullStoppedAt: at("11:00:09") };

/** A day of a shop: a service comes, grows, is given a revision that fails, and is rolled back; a task runs out of memory. */
const STORY: readonly (readonly [time: string, type: Change["type"], object: ProjectedResource])[] = [
  [
    "10:00:00",
    "ADDED",
    cluster("shop", 101, {
      metadata: { creationTimestamp: at("10:00:00"), annotations: { "kecs.io/created-by": "AKIASHOP" } },
    }),
  ],
  ["10:00:00", "ADDED", taskDefinition("web", 1, 102)],
  ["10:30:00", "ADDED", web(103, { taskDefinition: "web:1", desiredCount: 1 }, {})],
  ["11:00:00", "ADDED", webTask("aaa", 104, { ...created, lastStatus: "PENDING", desiredStatus: "RUNNING" })],
  [
    "11:00:10",
    "MODIFIED",
    webTask("aaa", 105, {
      ...created,
      startedAt: at("11:00:10"),
      nodeName: "node-1",
      lastStatus: "RUNNING",
      desiredStatus: "RUNNING",
    }),
  ],
  [
    "11:05:00",
    "MODIFIED",
    web(
      106,
      { taskDefinition: "web:1", desiredCount: 1 },
      {
        deployments: [deployment(1, "COMPLETED")],
        events: [event("e1", "11:05:00", "(service web) has reached a steady state.")],
      },
    ),
  ],
  [
    "11:30:00",
    "MODIFIED",
    web(
      107,
      { taskDefinition: "web:1", desiredCount: 2 },
      {
        deployments: [deployment(1, "COMPLETED")],
        events: [event("e1", "11:05:00", "(service web) has reached a steady state.")],
      },
    ),
  ],
  ["12:00:00", "ADDED", taskDefinition("web", 2, 201)],
  [
    "12:00:00",
    "MODIFIED",
    web(
      202,
      { taskDefinition: "web:2", desiredCount: 2 },
      { deployments: [deployment(2, "IN_PROGRESS"), deployment(1, "COMPLETED")] },
    ),
  ],
  [
    "12:02:00",
    "ADDED",
    webTask("bbb", 203, {
      createdAt: at("12:00:00"),
      startedAt: at("12:01:00"),
      pullStartedAt: at("12:00:05"),
      pullStoppedAt: at("12:00:55"),
      lastStatus: "RUNNING",
      desiredStatus: "RUNNING",
      nodeName: "node-2",
    }),
  ],
  [
    "12:03:00",
    "MODIFIED",
    webTask("bbb", 204, {
      createdAt: at("12:00:00"),
      startedAt: at("12:01:00"),
      pullStartedAt: at("12:00:05"),
      pullStoppedAt: at("12:00:55"),
      stoppedAt: at("12:03:00"),
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      nodeName: "node-2",
      containers: [
        container("app", 137, "OutOfMemoryError: Container killed due to memory usage"),
        container("proxy", 0),
      ],
    }),
  ],
  [
    "12:05:00",
    "MODIFIED",
    web(
      205,
      { taskDefinition: "web:2", desiredCount: 2 },
      {
        deployments: [deployment(2, "FAILED", 3)],
        events: [event("e2", "12:05:00", "(service web) (deployment ecs-svc/2) deployment failed.")],
      },
    ),
  ],
  [
    "12:10:00",
    "MODIFIED",
    web(206, { taskDefinition: "web:1", desiredCount: 2 }, { deployments: [deployment(1, "COMPLETED")] }),
  ],
  [
    "13:00:00",
    "MODIFIED",
    webTask("aaa", 207, {
      ...created,
      startedAt: at("11:00:10"),
      stoppedAt: at("13:00:10"),
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Scaling activity initiated by (deployment ecs-svc/1)",
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      nodeName: "node-1",
      containers: [container("app", 0)],
    }),
  ],
  ["14:00:00", "DELETED", webTask("bbb", 208, { lastStatus: "STOPPED" })],
  ["15:00:00", "DELETED", web(209, { taskDefinition: "web:1", desiredCount: 2 }, {})],
];

/** The story's changes. */
export function story(): Change[] {
  return STORY.map(([time, type, object]) => ({
    kind: object.kind,
    type,
    source: "watch",
    object,
    resourceVersion: object.metadata.resourceVersion ?? "",
    at: new Date(at(time)),
  }));
}
