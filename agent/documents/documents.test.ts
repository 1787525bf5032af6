import { expect } from "chai";

import { resourceName } from "#lib/ecs/names.ts";
import type { ECSTask, ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import type { Caller } from "../caller.ts";
import { documentOf } from "../routes.ts";
import { taskWithTagsDocument } from "./task.ts";

const CLUSTER = "arn:aws:ecs:us-east-1:000000000000:cluster/shop";
const TASK = "arn:aws:ecs:us-east-1:000000000000:task/shop/abc";

function caller(launchType: "EC2" | "FARGATE"): Caller {
  const task: ECSTask = {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTask",
    metadata: { name: "abc" },
    spec: { taskDefinition: "web:3", tags: [{ key: "team", value: "a" }] },
    status: {
      taskArn: TASK,
      clusterArn: CLUSTER,
      launchType,
      group: "service:web",
      desiredStatus: "RUNNING",
      lastStatus: "PENDING",
      cpu: "512",
      memory: "1024",
      containers: [
        {
          name: "App_1",
          image: "nginx",
          lastStatus: "PENDING",
          containerArn: `${TASK}/c`,
          healthStatus: "UNKNOWN",
          cpu: "10",
          memory: "64",
          networkBindings: [{ containerPort: 80, hostPort: 80, protocol: "tcp", bindIP: "0.0.0.0" }],
        },
      ],
    },
  };
  const definition: ECSTaskDefinition = {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTaskDefinition",
    metadata: { name: "web.3" },
    spec: {
      family: "web",
      revision: 3,
      cpu: ".5 vCPU",
      networkMode: "awsvpc",
      volumes: [{ name: "data", host: { sourcePath: "/srv" } }],
      containerDefinitions: [
        {
          name: "App_1",
          image: "nginx",
          healthCheck: { command: ["CMD", "true"] },
          mountPoints: [{ sourceVolume: "data", containerPath: "/data" }],
          logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g" } },
        },
      ],
    },
  };
  const pod = {
    spec: { containers: [] },
    status: {
      podIP: "10.0.0.7",
      startTime: "2026-11-21T10:00:00Z",
      containerStatuses: [
        {
          name: resourceName("App_1"),
          image: "nginx",
          imageID: `docker.io/library/nginx@sha256:${"0".repeat(64)}`,
          containerID: "containerd://id1",
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: "2026-11-21T10:00:01Z" } },
        },
      ],
    },
  };
  return { pod, task, definition };
}

describe("documents of the task metadata endpoint", () => {
  it("describe task and containers in ECS's shape, from the task's record, its definition and its Pod", () => {
    const document = taskWithTagsDocument(caller("EC2"));
    expect(document).to.deep.include({
      Cluster: "shop",
      TaskARN: TASK,
      Family: "web",
      Revision: "3",
      ServiceName: "web",
      KnownStatus: "PENDING",
      Limits: { CPU: 0.5 },
      LaunchType: "EC2",
      TaskTags: { team: "a" },
    });
    const [container] = document["Containers"] as Record<string, unknown>[];
    expect(container).to.deep.include({
      DockerId: "id1",
      Name: "App_1",
      DockerName: "ecs-web-3-App_1",
      ImageID: `sha256:${"0".repeat(64)}`,
      KnownStatus: "RUNNING",
      StartedAt: "2026-11-21T10:00:01Z",
      Limits: { CPU: 10, Memory: 64 },
      Health: { status: "UNKNOWN" },
      Volumes: [{ DockerName: "data", Source: "/srv", Destination: "/data" }],
      LogDriver: "awslogs",
      LogOptions: { "awslogs-group": "g" },
      Networks: [{ NetworkMode: "awsvpc", IPv4Addresses: ["10.0.0.7"], AttachmentIndex: 0 }],
    });
  });

  it("name the cluster by its ARN on Fargate", () => {
    expect(taskWithTagsDocument(caller("FARGATE"))["Cluster"]).to.equal(CLUSTER);
  });

  it("are found under a Pod's uid and a container's name only", () => {
    const base = "/v4/510e9c67-5891-4be6-9c2b-7297b1e3b280/App_1";
    const name = (path: string, method = "GET") => documentOf({ method, path });
    expect(name(base)).to.equal("GET v4");
    expect(name(`${base}/`)).to.equal("GET v4");
    expect(name(`${base}/task/stats`)).to.equal("GET v4 task/stats");
    expect(name(`${base.replace("v4", "api")}/task-protection/v1/state`, "PUT")).to.equal(
      "PUT api task-protection/v1/state",
    );
    for (const path of ["/", "/v4/task", `${base}/../task`, `${base}/constructor`, `${base}/task?x`]) {
      expect(name(path), path).to.equal(undefined);
    }
    expect(name(base, "POST")).to.equal(undefined);
  });
});
