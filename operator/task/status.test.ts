import { expect } from "chai";
import type { Pod } from "#lib/kube/resources.ts";
import type { ECSTask, ECSTaskSpec, ECSTaskStatus } from "#model/generated/resources.generated.ts";
import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import type { TaskDefinitionInput } from "../pod/input.ts";
import type { TaskState } from "./state.ts";
import { taskStatus } from "./status.ts";

const NOW = new Date("2026-01-01T00:10:00.000Z");
const at = (second: number): string =>
  new Date(Date.parse("2026-01-01T00:00:00Z") + second * 1000).toISOString().replace(".000Z", "Z");
const identity = { region: "us-east-1", accountId: "000000000000" };

type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

const base = { image: "i", imageID: "", ready: false, restartCount: 0 };
const running = (name: string, second = 5, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  ...base,
  name,
  ready: true,
  containerID: `containerd://${name}`,
  state: { running: { startedAt: at(second) } },
  ...more,
});
const exited = (name: string, exitCode: number, reason = "Error", second = 60): ContainerStatus => ({
  ...base,
  name,
  state: { terminated: { exitCode, reason, startedAt: at(5), finishedAt: at(second) } },
});
const waiting = (name: string, reason: string, message = ""): ContainerStatus => ({
  ...base,
  name,
  state: { waiting: { reason, message } },
});

interface PodFacts {
  node?: string;
  phase?: string;
  statuses?: ContainerStatus[];
  initStatuses?: ContainerStatus[];
  deletedAt?: string;
  policy?: string;
  drainSeconds?: number;
  reason?: string;
  unschedulable?: string;
}

const drainingFor = (seconds: number | undefined) =>
  seconds === undefined ? [] : [{ name: "a", lifecycle: { preStop: { sleep: { seconds } } } }];

function podOf({ node = "n1", phase = "Running", statuses = [], ...facts }: PodFacts): Pod {
  return {
    metadata: {
      name: "t1",
      namespace: "ns",
      uid: "pod-uid",
      creationTimestamp: at(0),
      ...(facts.deletedAt && { deletionTimestamp: facts.deletedAt, deletionGracePeriodSeconds: 30 }),
    },
    spec: {
      containers: drainingFor(facts.drainSeconds),
      restartPolicy: facts.policy ?? "Never",
      ...(node && { nodeName: node }),
    },
    status: {
      phase,
      podIP: "10.1.2.3",
      containerStatuses: statuses,
      ...(facts.initStatuses && { initContainerStatuses: facts.initStatuses }),
      ...(facts.reason && { reason: facts.reason, message: "The node was low on memory." }),
      conditions: [
        node
          ? { type: "PodScheduled", status: "True", lastTransitionTime: at(1) }
          : { type: "PodScheduled", status: "False", reason: "Unschedulable", message: facts.unschedulable ?? "" },
      ],
    },
  };
}

interface Facts {
  containers?: ContainerDefinition[];
  definition?: Partial<TaskDefinitionInput>;
  spec?: Partial<ECSTaskSpec>;
  before?: ECSTaskStatus;
  pod?: PodFacts;
  lastPod?: PodFacts;
  service?: boolean;
  state?: Partial<TaskState>;
}

function stateOf({ containers = [{ name: "a", image: "i", memory: 64 }], ...facts }: Facts): TaskState {
  const task: ECSTask = {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTask",
    metadata: {
      name: "t1",
      namespace: "ns",
      uid: "task-uid",
      generation: 1,
      creationTimestamp: at(0),
      ...(facts.service && { labels: { "kecs.io/service": "web", "kecs.io/deployment": "42" } }),
    },
    spec: { taskDefinition: "f:1", ...facts.spec },
    ...(facts.before && { status: facts.before }),
  };
  return {
    task,
    identity,
    clusterName: "c",
    definition: {
      arn: "arn:aws:ecs:us-east-1:000000000000:task-definition/f:1",
      family: "f",
      revision: 1,
      spec: { family: "f", containerDefinitions: containers, ...facts.definition },
    },
    ...(facts.pod && { pod: podOf(facts.pod) }),
    ...(facts.lastPod && { lastPod: podOf(facts.lastPod) }),
    ...facts.state,
  };
}

const statusOf = (facts: Facts): ECSTaskStatus => taskStatus(stateOf(facts), NOW);
const started: ECSTaskStatus = { podUid: "pod-uid", podName: "t1", lastStatus: "RUNNING", desiredStatus: "RUNNING" };
const condition = (status: ECSTaskStatus, type: string) => status.conditions?.find((each) => each.type === type);

const two: ContainerDefinition[] = [
  { name: "a", image: "i", memory: 64 },
  { name: "b", image: "i", memory: 64, essential: false },
];

describe("a task's status", () => {
  describe("on its way", () => {
    const ways: [string, Facts, string][] = [
      ["has no Pod yet", {}, "PROVISIONING"],
      ["has a Pod without a node", { pod: { node: "", phase: "Pending" } }, "PROVISIONING"],
      ["has a node", { pod: { phase: "Pending", statuses: [waiting("a", "ContainerCreating")] } }, "PENDING"],
      [
        "has a node that has not read its Secrets yet",
        {
          pod: {
            phase: "Pending",
            statuses: [waiting("a", "CreateContainerConfigError", "failed to sync secret cache: timed out waiting")],
          },
        },
        "PENDING",
      ],
      [
        "pulls its image for the first time",
        { pod: { phase: "Pending", statuses: [waiting("a", "ErrImagePull")] } },
        "PENDING",
      ],
      [
        "runs in part",
        { containers: two, pod: { statuses: [running("a"), waiting("b", "ContainerCreating")] } },
        "ACTIVATING",
      ],
      ["runs", { pod: { statuses: [running("a")] } }, "RUNNING"],
      [
        "runs, and what is not essential has ended",
        { containers: two, pod: { statuses: [running("a"), exited("b", 1)] } },
        "RUNNING",
      ],
    ];
    for (const [what, facts, lastStatus] of ways) {
      it(`is ${lastStatus} when it ${what}`, () => {
        expect(statusOf(facts)).to.include({ lastStatus, desiredStatus: "RUNNING" });
        expect(statusOf(facts)).not.to.have.any.keys("stopCode", "stoppedReason", "stoppedAt");
      });
    }

    it("never goes back", () => {
      const pod = { phase: "Pending", statuses: [waiting("a", "ContainerCreating")] };
      expect(statusOf({ before: started, pod }).lastStatus).to.equal("RUNNING");
    });

    it("says why no node is found", () => {
      const status = statusOf({ pod: { node: "", phase: "Pending", unschedulable: "0/3 nodes are available" } });
      expect(condition(status, "Reconciling")).to.include({
        status: "True",
        reason: "Unschedulable",
        message: "0/3 nodes are available",
      });
    });

    it("is Stalled without its task definition, and never stopped for that", () => {
      const hindrance = { reason: "TaskDefinitionNotFound", message: "There is none." };
      const status = statusOf({ state: { definition: { hindrance } } });
      expect(condition(status, "Stalled")).to.include({ status: "True", ...hindrance });
      expect(status).to.include({ lastStatus: "PROVISIONING", desiredStatus: "RUNNING" });
    });

    it("has ECS's agent in every container where commands may be executed", () => {
      const containers = [{ name: "a" }, { name: "b", essential: false }];
      const pod = { statuses: [running("a"), exited("b", 0, "Completed", 7)] };
      const agents = (spec: Partial<ECSTaskSpec>) =>
        statusOf({ containers, spec, pod }).containers?.map(({ managedAgents }) => managedAgents);
      expect(agents({ enableExecuteCommand: true })).to.deep.equal([
        [{ name: "ExecuteCommandAgent", lastStatus: "RUNNING", lastStartedAt: at(5) }],
        [{ name: "ExecuteCommandAgent", lastStatus: "STOPPED", lastStartedAt: at(5) }],
      ]);
      expect(agents({})).to.deep.equal([undefined, undefined]);
    });

    it("tells what is known of a running task", () => {
      const status = statusOf({
        definition: { networkMode: "awsvpc", cpu: "256", memory: "512" },
        spec: { launchType: "FARGATE" },
        pod: { statuses: [running("a", 5, { imageID: `docker.io/i@sha256:${"a".repeat(64)}` })] },
      });
      expect(status).to.deep.include({
        taskArn: "arn:aws:ecs:us-east-1:000000000000:task/c/t1",
        clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/c",
        podName: "t1",
        podUid: "pod-uid",
        nodeName: "n1",
        cpu: "256",
        memory: "512",
        launchType: "FARGATE",
        platformFamily: "Linux",
        connectivity: "CONNECTED",
        createdAt: at(0),
        connectivityAt: at(1),
        pullStartedAt: at(1),
        pullStoppedAt: at(5),
        startedAt: at(5),
        version: 1,
      });
      const [container] = status.containers ?? [];
      const [attachment] = status.attachments ?? [];
      expect(container).to.deep.include({
        name: "a",
        lastStatus: "RUNNING",
        runtimeId: "a",
        imageDigest: `sha256:${"a".repeat(64)}`,
        networkBindings: [],
        networkInterfaces: [{ attachmentId: attachment?.id, privateIpv4Address: "10.1.2.3" }],
      });
      expect(attachment).to.include({ type: "ElasticNetworkInterface", status: "ATTACHED" });
    });
  });

  describe("that has to stop", () => {
    const stops: [string, Facts, Partial<ECSTaskStatus>][] = [
      [
        "when an essential container exits",
        { pod: { statuses: [exited("a", 3)] } },
        {
          lastStatus: "STOPPED",
          stopCode: "EssentialContainerExited",
          stoppedReason: "Essential container in task exited",
        },
      ],
      [
        "while others still run",
        { containers: two, pod: { statuses: [exited("a", 3), running("b")] } },
        { lastStatus: "DEACTIVATING", stopCode: "EssentialContainerExited" },
      ],
      [
        "while others still run in a Pod that is going",
        {
          containers: two,
          before: { ...started, stopCode: "EssentialContainerExited", stoppedReason: "r" },
          pod: { statuses: [exited("a", 3), running("b")], deletedAt: at(100) },
        },
        { lastStatus: "STOPPING", stopCode: "EssentialContainerExited", stoppedReason: "r" },
      ],
      [
        "when its image cannot be pulled",
        {
          pod: {
            phase: "Pending",
            statuses: [waiting("a", "ImagePullBackOff", 'Back-off pulling image "i": ErrImagePull: no such image')],
          },
        },
        {
          lastStatus: "STOPPED",
          stopCode: "TaskFailedToStart",
          stoppedReason: "CannotPullContainerError: no such image",
        },
      ],
      [
        "when a Secret is missing",
        {
          pod: { phase: "Pending", statuses: [waiting("a", "CreateContainerConfigError", 'secret "ssm.a" not found')] },
        },
        {
          lastStatus: "STOPPED",
          stopCode: "TaskFailedToStart",
          stoppedReason:
            'ResourceInitializationError: unable to pull secrets or registry auth: secret "ssm.a" not found',
        },
      ],
      [
        "when a container cannot be started",
        { pod: { phase: "Failed", statuses: [exited("a", 128, "StartError")] } },
        {
          lastStatus: "STOPPED",
          stopCode: "TaskFailedToStart",
          stoppedReason: "CannotStartContainerError: StartError",
        },
      ],
      [
        "when the API server refuses its Pod",
        { state: { refused: "Pod is invalid" } },
        { lastStatus: "STOPPED", stopCode: "TaskFailedToStart", stoppedReason: "Pod is invalid" },
      ],
      [
        "when it is stopped before it starts",
        { spec: { desiredStatus: "STOPPED" } },
        { lastStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: "Task stopped by user" },
      ],
      [
        "when it is stopped with a reason",
        {
          spec: { desiredStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: "enough" },
          pod: { statuses: [running("a")] },
        },
        { lastStatus: "DEACTIVATING", stopCode: "UserInitiated", stoppedReason: "enough" },
      ],
      [
        "when it is evicted",
        { pod: { phase: "Failed", reason: "Evicted", statuses: [] } },
        { lastStatus: "STOPPED", stopCode: "TaskFailedToStart", stoppedReason: "Evicted: The node was low on memory." },
      ],
      [
        "when its Pod is gone, and never started again",
        { before: started, lastPod: { statuses: [exited("a", 143)], deletedAt: at(80) } },
        {
          lastStatus: "STOPPED",
          stopCode: "UserInitiated",
          stoppedReason: "The task's Pod was deleted through the Kubernetes API",
        },
      ],
      [
        "when its service scales in",
        { service: true, before: started, pod: { policy: "Always", statuses: [running("a")], deletedAt: at(100) } },
        {
          lastStatus: "STOPPING",
          stopCode: "ServiceSchedulerInitiated",
          stoppedReason: "Scaling activity initiated by (deployment ecs-svc/42)",
        },
      ],
      [
        "when its service's container has been restarted in place",
        {
          service: true,
          before: started,
          pod: {
            policy: "Always",
            statuses: [
              running("a", 70, {
                restartCount: 1,
                lastState: { terminated: { exitCode: 3, startedAt: at(5), finishedAt: at(60) } },
              }),
            ],
          },
        },
        { lastStatus: "DEACTIVATING", stopCode: "EssentialContainerExited" },
      ],
      [
        "for the exit, when that came before the deletion",
        {
          service: true,
          before: started,
          pod: { policy: "Always", statuses: [exited("a", 3, "Error", 60)], deletedAt: at(100) },
        },
        { lastStatus: "STOPPED", stopCode: "EssentialContainerExited" },
      ],
      [
        "when what others wait for fails",
        {
          containers: [
            { name: "a", image: "i", dependsOn: [{ containerName: "m", condition: "SUCCESS" }] },
            { name: "m", image: "i", essential: false },
          ],
          pod: { phase: "Failed", initStatuses: [exited("m", 2)], statuses: [waiting("a", "PodInitializing")] },
        },
        { lastStatus: "STOPPED", stopCode: "TaskFailedToStart" },
      ],
    ];
    for (const [when, facts, expected] of stops) {
      it(`stops ${when}`, () => {
        expect(statusOf(facts)).to.deep.include({ desiredStatus: "STOPPED", ...expected });
      });
    }

    it("keeps exit codes and says when memory ran out", () => {
      const status = statusOf({ pod: { statuses: [exited("a", 137, "OOMKilled")] } });
      expect(status.containers?.[0]).to.include({
        exitCode: 137,
        lastStatus: "STOPPED",
        reason: "OutOfMemoryError: Container killed due to memory usage",
      });
      expect(status).to.include({
        executionStoppedAt: at(60),
        stoppedAt: NOW.toISOString(),
        stoppingAt: at(60),
      });
    });

    it("has times in their order, whatever the clocks of nodes say", () => {
      const before: ECSTaskStatus = { ...started, lastStatus: "STOPPING", stoppingAt: at(60).replace("Z", ".700Z") };
      const { createdAt, connectivityAt, pullStartedAt, pullStoppedAt, startedAt, ...after } = statusOf({
        before,
        pod: { statuses: [exited("a", 0, "Completed", 60)] },
      });
      const times = [createdAt, connectivityAt, pullStartedAt, pullStoppedAt, startedAt];
      const all = [...times, after.stoppingAt, after.executionStoppedAt, after.stoppedAt];
      const epochs = all.map((time) => Date.parse(time ?? ""));
      expect(epochs).to.deep.equal(epochs.toSorted((a, b) => a - b));
      expect(after.executionStoppedAt).to.equal(before.stoppingAt);
    });

    it("ends with its node", () => {
      const lostNode = { instanceId: "i-0abc", gone: true };
      const status = statusOf({ before: started, pod: { statuses: [running("a")] }, state: { lostNode } });
      expect(status).to.include({
        lastStatus: "STOPPED",
        stopCode: "TerminationNotice",
        stoppedReason: "Host EC2 (instance i-0abc) terminated.",
        executionStoppedAt: NOW.toISOString(),
      });
      expect(status.containers?.[0]).to.include({ lastStatus: "STOPPED" }).and.not.have.property("exitCode");
    });

    it("keeps what was recorded when nothing is known of the Pod any more", () => {
      const containers = [{ name: "a", lastStatus: "RUNNING", runtimeId: "r" }];
      const status = statusOf({ before: { ...started, containers } });
      expect(status.containers).to.deep.equal([{ name: "a", lastStatus: "STOPPED", runtimeId: "r" }]);
    });

    it("keeps the first cause", () => {
      const before: ECSTaskStatus = {
        ...started,
        lastStatus: "STOPPING",
        stopCode: "UserInitiated",
        stoppedReason: "enough",
      };
      const status = statusOf({ before, pod: { phase: "Failed", statuses: [exited("a", 143)] } });
      expect(status).to.include({ lastStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: "enough" });
    });

    it("is DEACTIVATING while its traffic ends, then STOPPING", () => {
      // Its deletion was asked for at 70.
      const pod = { policy: "Always", statuses: [running("a")], deletedAt: at(100), drainSeconds: 10 };
      const statusAt = (seconds: number) =>
        taskStatus(stateOf({ service: true, before: started, pod }), new Date(at(seconds))).lastStatus;
      expect([statusAt(75), statusAt(80)]).to.deep.equal(["DEACTIVATING", "STOPPING"]);
    });

    it("is Stalled when it failed to start, and Ready when it ended", () => {
      const failed = statusOf({ state: { refused: "no" } });
      expect(condition(failed, "Stalled")?.status).to.equal("True");
      expect(condition(statusOf({ pod: { statuses: [exited("a", 0)] } }), "Ready")?.status).to.equal("True");
    });
  });

  describe("with health checks", () => {
    const checked = [
      { name: "a", image: "i", healthCheck: { command: ["CMD", "x"], interval: 10, timeout: 5, retries: 2 } },
    ];
    const soon = new Date(Date.parse(at(20)));
    const healthOf = (facts: Facts, now = soon) =>
      taskStatus(stateOf({ containers: checked, ...facts }), now).healthStatus;
    const unready = running("a", 5, { ready: false });

    it("is UNKNOWN at first, HEALTHY when ready", () => {
      expect(healthOf({ pod: { statuses: [unready] } })).to.equal("UNKNOWN");
      expect(healthOf({ pod: { statuses: [running("a")] } })).to.equal("HEALTHY");
    });

    it("is UNHEALTHY when it no longer is, or never was in time", () => {
      const before = { ...started, containers: [{ name: "a", healthStatus: "HEALTHY" as const }] };
      expect(healthOf({ before, pod: { statuses: [unready] } })).to.equal("UNHEALTHY");
      expect(healthOf({ pod: { statuses: [unready] } }, NOW)).to.equal("UNHEALTHY");
    });

    it("ends a task of a service, not one of RunTask", () => {
      const pod = { policy: "Always", statuses: [unready] };
      expect(statusOf({ containers: checked, service: true, pod })).to.include({
        desiredStatus: "STOPPED",
        stopCode: "ServiceSchedulerInitiated",
        stoppedReason: "Task failed container health checks",
      });
      expect(statusOf({ containers: checked, pod }).desiredStatus).to.equal("RUNNING");
    });

    it("ends none within the grace period of its service", () => {
      const before = { ...started, startedAt: at(5), containers: [{ name: "a", healthStatus: "HEALTHY" as const }] };
      const facts = (healthGraceSeconds: number): Facts => ({
        containers: checked,
        service: true,
        before,
        pod: { policy: "Always", statuses: [unready] },
        state: { healthGraceSeconds },
      });
      const grace = (seconds: number) => taskStatus(stateOf(facts(seconds)), soon);
      expect(grace(60)).to.include({ desiredStatus: "RUNNING", healthStatus: "UNHEALTHY" });
      expect(grace(10)).to.include({ desiredStatus: "STOPPED" });
    });
  });

  describe("whose containers Kubernetes starts again", () => {
    const containers = [
      {
        name: "a",
        image: "i",
        memory: 64,
        restartPolicy: { enabled: true, ignoredExitCodes: [9], restartAttemptPeriod: 60 },
      },
    ];
    const ended = (exitCode: number, second: number) => exited("a", exitCode, "Error", second).state!.terminated!;
    const statusOf = (container: ContainerStatus) =>
      taskStatus(
        stateOf({
          containers,
          pod: { statuses: [container] },
          before: { lastStatus: "RUNNING", podUid: "pod-uid", podName: "t1" },
        }),
        NOW,
      );
    const goingOn: [string, ContainerStatus][] = [
      ["has run for its period", exited("a", 3, "Error", 65)],
      ["waits for its next start", { ...waiting("a", "CrashLoopBackOff"), lastState: { terminated: ended(3, 65) } }],
      ["runs again", running("a", 70, { lastState: { terminated: ended(0, 65) } })],
    ];
    for (const [what, container] of goingOn) {
      it(`goes on where one ${what}`, () => {
        const status = statusOf(container);
        expect(status).to.include({ lastStatus: "RUNNING", desiredStatus: "RUNNING" });
        expect(status.containers?.[0]).to.include({ lastStatus: "RUNNING" }).and.not.to.have.property("exitCode");
      });
    }

    const over: [string, ContainerStatus, number][] = [
      ["has not run for its period", running("a", 70, { lastState: { terminated: ended(3, 30) } }), 3],
      ["ends with a code that is ignored", exited("a", 9, "Error", 65), 9],
      ["does so after a restart", { ...exited("a", 9, "Error", 165), lastState: { terminated: ended(3, 65) } }, 9],
    ];
    for (const [what, container, exitCode] of over) {
      it(`ends where one ${what}`, () => {
        const status = statusOf(container);
        expect(status).to.include({ desiredStatus: "STOPPED", stopCode: "EssentialContainerExited" });
        expect(status.containers?.[0]?.exitCode).to.equal(exitCode);
      });
    }
  });

  it("is the same for the same sight: stable state, zero writes", () => {
    const sights: Facts[] = [
      {},
      { pod: { phase: "Pending" } },
      { pod: { statuses: [running("a")] } },
      { pod: { statuses: [exited("a", 1)] } },
      { containers: two, pod: { statuses: [exited("a", 3), running("b")] } },
      { service: true, pod: { policy: "Always", statuses: [running("a")], deletedAt: at(100) } },
    ];
    for (const facts of sights) {
      const once = statusOf(facts);
      const before = JSON.parse(JSON.stringify(once)) as ECSTaskStatus;
      const later = new Date(NOW.getTime() + 60_000);
      expect(taskStatus(stateOf({ ...facts, before }), later)).to.deep.equal(once);
    }
  });

  it("counts its versions", () => {
    const before = statusOf({ pod: { phase: "Pending" } });
    expect(statusOf({ before, pod: { statuses: [running("a")] } }).version).to.equal(2);
  });
});
