import { expect } from "chai";
import type {
  ECSCluster,
  ECSService,
  ECSTask,
  ECSTaskDefinition,
  ObjectMeta,
} from "#model/generated/resources.generated.ts";
import { describeCluster, describeDeletedCluster } from "./cluster.ts";
import { describeDeletedService, describeService } from "./service.ts";
import { DELETED_TASK_REASON, describeDeletedTask, describeTask } from "./task.ts";
import { describeTaskDefinition } from "./task-definition.ts";

const identity = { region: "eu-west-1", accountId: "123456789012" };
const ARN = "arn:aws:ecs:eu-west-1:123456789012";
const apiVersion = "ecs.kecs.io/v1alpha1";
const created = "2026-11-21T10:00:00Z";
const EPOCH = 1795255200;

const metadata = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  uid: `uid-${name}`,
  generation: 3,
  creationTimestamp: created,
  ...more,
});
const deleting = { deletionTimestamp: created };

describe("describeCluster", () => {
  const cluster: ECSCluster = { apiVersion, kind: "ECSCluster", metadata: metadata("c"), spec: { namespace: "ns" } };

  it("is ACTIVE before anyone has written a status, without what ECS does not know", () => {
    expect(describeCluster(cluster, identity)).to.deep.equal({
      clusterArn: `${ARN}:cluster/c`,
      clusterName: "c",
      status: "ACTIVE",
      registeredContainerInstancesCount: 0,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      activeServicesCount: 0,
      statistics: [],
      attachments: [],
      tags: [],
      settings: [{ name: "containerInsights", value: "disabled" }],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
    });
  });

  it("goes by its ECS name, and is INACTIVE once gone", () => {
    const named = { ...cluster, spec: { clusterName: "My_Cluster" } };
    expect(describeCluster(named, identity)).to.include({
      clusterName: "My_Cluster",
      clusterArn: `${ARN}:cluster/My_Cluster`,
    });
    expect(describeCluster({ ...cluster, metadata: metadata("c", deleting) }, identity).status).to.equal(
      "DEPROVISIONING",
    );
    expect(describeDeletedCluster({ ...cluster, status: { runningTasksCount: 4 } }, identity)).to.include({
      status: "INACTIVE",
      runningTasksCount: 0,
    });
  });
});

describe("describeService", () => {
  const service: ECSService = {
    apiVersion,
    kind: "ECSService",
    metadata: metadata("web", { annotations: { "kecs.io/created-by": "me" } }),
    spec: { taskDefinition: "web:7" },
  };

  it("is ACTIVE with nothing running before the operator has seen it", () => {
    const shown = describeService(service, identity, "c");
    expect(shown).to.deep.include({
      serviceArn: `${ARN}:service/c/web`,
      clusterArn: `${ARN}:cluster/c`,
      serviceName: "web",
      status: "ACTIVE",
      desiredCount: 1,
      runningCount: 0,
      pendingCount: 0,
      taskDefinition: `${ARN}:task-definition/web:7`,
      launchType: "EC2",
      schedulingStrategy: "REPLICA",
      createdAt: EPOCH,
      createdBy: "me",
      events: [],
      tags: [],
    });
  });

  it("shows the status' word over its own guess", () => {
    const status = {
      clusterArn: `${ARN}:cluster/other`,
      runningCount: 2,
      taskDefinition: `${ARN}:task-definition/web:8`,
    };
    const shown = describeService({ ...service, spec: { taskDefinition: "web" }, status }, identity, "c");
    expect(shown).to.include(status);
  });

  it("counts a DAEMON's tasks as the operator does, and has no launch type under a strategy", () => {
    const spec = { schedulingStrategy: "DAEMON" as const, capacityProviderStrategy: [{ capacityProvider: "x" }] };
    const shown = describeService({ ...service, spec, status: { desiredCount: 3 } }, identity, "c");
    expect(shown.desiredCount).to.equal(3);
    expect(shown).to.not.have.property("launchType");
    expect(shown.deploymentConfiguration).to.include({ maximumPercent: 100, minimumHealthyPercent: 0 });
  });

  it("drains while it is being deleted, and is INACTIVE and empty after", () => {
    const going = { ...service, metadata: metadata("web", deleting), status: { runningCount: 1 } };
    expect(describeService(going, identity, "c")).to.include({ status: "DRAINING", desiredCount: 0, runningCount: 1 });
    expect(describeDeletedService(going, identity, "c")).to.deep.include({
      status: "INACTIVE",
      desiredCount: 0,
      runningCount: 0,
      pendingCount: 0,
      deployments: [],
    });
  });
});

describe("describeTask", () => {
  const task: ECSTask = { apiVersion, kind: "ECSTask", metadata: metadata("abc"), spec: { taskDefinition: "web:7" } };

  it("is PROVISIONING before the operator has seen it", () => {
    expect(describeTask(task, identity, "c")).to.deep.include({
      taskArn: `${ARN}:task/c/abc`,
      clusterArn: `${ARN}:cluster/c`,
      taskDefinitionArn: `${ARN}:task-definition/web:7`,
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      group: "family:web",
      launchType: "EC2",
      healthStatus: "UNKNOWN",
      containers: [],
      createdAt: EPOCH,
      version: 3,
    });
  });

  it("shows at once that it is to stop, and why", () => {
    const spec = {
      ...task.spec,
      desiredStatus: "STOPPED" as const,
      stopCode: "UserInitiated" as const,
      stoppedReason: "bye",
    };
    const shown = describeTask({ ...task, spec, status: { lastStatus: "RUNNING" } }, identity, "c");
    expect(shown).to.include({
      lastStatus: "RUNNING",
      desiredStatus: "STOPPED",
      stopCode: "UserInitiated",
      stoppedReason: "bye",
    });
    const deleted = describeTask({ ...task, metadata: metadata("abc", deleting) }, identity, "c");
    expect(deleted).to.include({ desiredStatus: "STOPPED", stoppedReason: DELETED_TASK_REASON });
  });

  it("turns an instance's id into its ARN", () => {
    const shown = describeTask({ ...task, spec: { ...task.spec, containerInstance: "n1" } }, identity, "c");
    expect(shown.containerInstanceArn).to.equal(`${ARN}:container-instance/c/n1`);
  });

  it("has stopped, with its containers, once it is gone", () => {
    const status = { lastStatus: "RUNNING", containers: [{ name: "app", lastStatus: "RUNNING" }] };
    const gone = describeDeletedTask(describeTask({ ...task, status }, identity, "c"), EPOCH + 5);
    expect(gone).to.deep.include({
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: "UserInitiated",
      stoppedReason: DELETED_TASK_REASON,
      stoppedAt: EPOCH + 5,
      containers: [{ name: "app", lastStatus: "STOPPED" }],
    });
  });
});

describe("describeTaskDefinition", () => {
  const definition: ECSTaskDefinition = {
    apiVersion,
    kind: "ECSTaskDefinition",
    metadata: metadata("web.7"),
    spec: {
      family: "web",
      revision: 7,
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      tags: [{ key: "a", value: "b" }],
      containerDefinitions: [{ name: "app", image: "nginx", portMappings: [{ containerPort: 80 }] }],
    },
  };

  it("fills in ECS's defaults and leaves the tags to their own member", () => {
    expect(describeTaskDefinition(definition, identity)).to.deep.equal({
      taskDefinitionArn: `${ARN}:task-definition/web:7`,
      family: "web",
      revision: 7,
      status: "ACTIVE",
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      volumes: [],
      placementConstraints: [],
      compatibilities: ["EC2", "FARGATE"],
      registeredAt: EPOCH,
      containerDefinitions: [
        {
          name: "app",
          image: "nginx",
          cpu: 0,
          essential: true,
          environment: [],
          mountPoints: [],
          volumesFrom: [],
          systemControls: [],
          portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
        },
      ],
    });
  });

  it("has neither number nor ARN before it has a revision", () => {
    const { revision: _, ...spec } = definition.spec;
    const shown = describeTaskDefinition({ ...definition, spec }, identity);
    expect(shown).to.not.have.any.keys("revision", "taskDefinitionArn");
    expect(describeTaskDefinition({ ...definition, spec, status: { revision: 9 } }, identity).revision).to.equal(9);
  });

  it("says whether it was deregistered or is being deleted", () => {
    const spec = { ...definition.spec, status: "INACTIVE" as const };
    expect(describeTaskDefinition({ ...definition, spec }, identity).status).to.equal("INACTIVE");
    const going = { ...definition, metadata: metadata("web.7", deleting) };
    expect(describeTaskDefinition(going, identity).status).to.equal("DELETE_IN_PROGRESS");
  });
});
