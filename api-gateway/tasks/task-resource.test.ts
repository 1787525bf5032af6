import { assert } from "chai";
import { describeTask } from "#lib/ecs/describe/task.ts";
import type { TaskDefinition } from "#model/generated/types.generated.ts";
import { answerOf, withDefinition } from "./task-answer.ts";
import { newTask, type ResolvedTasks, tagsOfTask, taskIds } from "#lib/ecs/task-resource.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const resolved: ResolvedTasks = {
  cluster: { name: "Prod", namespace: "ecs-prod", uid: "cluster-uid" },
  family: "job",
  revision: 3,
  target: { launchType: "FARGATE" },
  tags: [{ key: "team", value: "a" }],
  createdBy: "AKIA",
};

describe("ids of the tasks of a call", () => {
  it("are 32 hex digits and random without a client token", () => {
    const ids = [...taskIds(10, "c", undefined), ...taskIds(10, "c", undefined)];
    assert.lengthOf([...new Set(ids)], 20);
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  });

  it("follow from cluster, client token and position", () => {
    assert.deepEqual(taskIds(3, "c", "token").slice(0, 2), taskIds(2, "c", "token"));
    assert.notEqual(taskIds(1, "c", "token")[0], taskIds(1, "d", "token")[0]);
    assert.notEqual(taskIds(1, "c", "token")[0], taskIds(1, "c", "other")[0]);
    assert.lengthOf([...new Set(taskIds(10, "c", "token"))], 10);
    for (const id of taskIds(2, "c", "token")) assert.match(id, /^[0-9a-f]{32}$/);
  });
});

describe("the ECSTask of a new task", () => {
  it("has the call's members and what was looked up", () => {
    const input = { taskDefinition: "job", count: 2, clientToken: "t", cluster: "arn:…", startedBy: "me" };
    const task = newTask("abc", input, resolved);
    assert.deepEqual(task.spec, {
      startedBy: "me",
      launchType: "FARGATE",
      cluster: "Prod",
      taskDefinition: "job:3",
      group: "family:job",
      tags: [{ key: "team", value: "a" }],
    });
    assert.include(task.metadata, { name: "abc", namespace: "ecs-prod" });
    assert.include(task.metadata.annotations, { "kecs.io/client-token": "t", "kecs.io/created-by": "AKIA" });
  });

  it("names the node that StartTask chose, and no instances", () => {
    const { spec } = newTask("abc", { taskDefinition: "job", containerInstances: ["x"] }, resolved, "node-a");
    assert.equal(spec.containerInstance, "node-a");
    assert.notProperty(spec, "containerInstances");
  });
});

describe("tags of a new task", () => {
  it("are the call's before the task definition's before ECS's own", () => {
    const input = { tags: [{ key: "a", value: "call" }], enableECSManagedTags: true };
    assert.deepEqual(
      tagsOfTask(input, "prod", [
        { key: "a", value: "definition" },
        { key: "b", value: "definition" },
      ]),
      [
        { key: "a", value: "call" },
        { key: "b", value: "definition" },
        { key: "aws:ecs:clusterName", value: "prod" },
      ],
    );
    assert.deepEqual(tagsOfTask({}, "prod", []), []);
  });
});

describe("a task as RunTask answers it", () => {
  const definition: TaskDefinition = {
    containerDefinitions: [
      { name: "app", image: "nginx", cpu: 100, memory: 128 },
      { name: "log", image: "busybox", memoryReservation: 64 },
    ],
  };
  const task = newTask("abc", { taskDefinition: "job" }, resolved);
  task.metadata.uid = "task-uid";

  it("has its containers PENDING and its size from the task definition", () => {
    const answer = answerOf(task, { identity, cluster: "Prod", definition });
    assert.include(answer, { cpu: "100", memory: "192", desiredStatus: "RUNNING", launchType: "FARGATE" });
    assert.deepEqual(
      answer.containers?.map(({ name, image, lastStatus, cpu, memory }) => [name, image, lastStatus, cpu, memory]),
      [
        ["app", "nginx", "PENDING", "100", "128"],
        ["log", "busybox", "PENDING", "0", undefined],
      ],
    );
    for (const { containerArn = "" } of answer.containers ?? []) {
      assert.match(containerArn, /^arn:aws:ecs:us-east-1:000000000000:container\/Prod\/abc\/[0-9a-f-]{36}$/);
    }
  });

  it("takes overrides of sizes", () => {
    const overrides = { cpu: "512", containerOverrides: [{ name: "app", cpu: 200, memory: 256 }] };
    const overridden = newTask("abc", { taskDefinition: "job", overrides }, resolved);
    const answer = answerOf(overridden, { identity, cluster: "Prod", definition: { ...definition, memory: "1024" } });
    assert.include(answer, { cpu: "512", memory: "1024" });
    assert.include(answer.containers?.[0], { cpu: "200", memory: "256" });
  });

  it("keeps what its status says", () => {
    const seen = describeTask({ ...task, status: { containers: [{ name: "app" }], cpu: "1" } }, identity, "Prod");
    const answer = withDefinition(seen, "task-uid", definition, identity);
    assert.deepEqual(answer.containers, [{ name: "app" }]);
    assert.equal(answer.cpu, "1");
  });
});
