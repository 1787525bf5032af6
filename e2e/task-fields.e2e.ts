import {
  type ContainerDefinition,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Task,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl, kubectlApply, kubectlJson } from "./support/kubectl.ts";
import { eventually, uniqueName } from "./support/wait.ts";

const STATE = join(process.cwd(), ".kecs");
const SECRETS_MANAGER = "arn:aws:secretsmanager:us-east-1:000000000000:secret";

/** One `name=value` a line of what the process sees. */
const LOOK_AROUND = `
echo "ids=$(id -u):$(id -g)"
echo "nofile=$(ulimit -S -n):$(ulimit -H -n)"
echo "nproc=$(ulimit -S -u)"
echo "pwd=$PWD"
echo "hostname=$(hostname)"
echo "first=$(tr '\\0' ' ' </proc/1/cmdline)"
echo "shm=$(df -k /dev/shm | tail -1 | awk '{print $2}')"
echo "scratch=$(df -k /scratch | tail -1 | awk '{print $2}')"
echo "root=$(touch /x 2>&1 | grep -c Read-only)"
echo "capabilities=$(awk '/CapBnd/ {print $2}' /proc/self/status)"
echo "privileges=$(awk '/NoNewPrivs/ {print $2}' /proc/self/status)"
echo "resolv=$(tr '\\n' ' ' </etc/resolv.conf)"
echo "hosts=$(grep -c '10.9.8.7.*db.internal' /etc/hosts)"
echo "sysctl=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
echo "files=$FROM_FILE/$BOTH/$OVERRIDDEN"
echo "literal=$LITERAL"
echo "password=$(printf %s "$PASSWORD" | sha256sum | cut -c1-64)"
echo "user=$(printf %s "$USER_OF_DB" | sha256sum | cut -c1-64)"
echo "shared=$(cat /shared/word)"
echo "efs=$(echo hello >/efs/word && cat /efs/word)"
echo "readonly=$(touch /seen/x 2>&1 | grep -c Read-only)"
echo "own=$(touch /own/x && echo writable)"
`;

describe("the fields of a task definition", () => {
  let ecs: EcsFixture;
  let namespace: string;
  const password = randomBytes(24).toString("hex");
  const user = randomBytes(24).toString("hex");
  const folder = `/tmp/${uniqueName("kecs-volumes")}`;
  const storageClass = uniqueName("fields");

  before(async () => {
    ecs = await ecsFixture("fields");
    namespace = `ecs-${ecs.cluster}`;
    await eventually("the namespace is there", () => kubectl("get", "namespace", namespace));
  });
  after(async () => {
    await ecs.dispose();
    for (const name of ["docker", "efs", "own"]) {
      await kubectl("delete", "pv", `${storageClass}-${name}`, "--ignore-not-found");
    }
    await rm(folder, { recursive: true, force: true });
  });

  const secret = (name: string, stringData: Record<string, string>): object => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    stringData,
  });

  /** A folder of the node, for the claim of that name or for any of the class. */
  const volume = (name: string, claim?: string): object => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `${storageClass}-${name}` },
    spec: {
      capacity: { storage: "10Gi" },
      accessModes: ["ReadWriteOnce", "ReadWriteMany"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: `${folder}/${name}`, type: "DirectoryOrCreate" },
      storageClassName: claim === undefined ? storageClass : "",
      ...(claim !== undefined && { claimRef: { namespace, name: claim } }),
    },
  });

  async function stopped(taskDefinition: string, input: Partial<RunTaskCommandInput> = {}): Promise<Task> {
    const { tasks = [], failures } = await ecs.client.send(
      new RunTaskCommand({ cluster: ecs.cluster, taskDefinition, ...input }),
    );
    expect(failures).to.deep.equal([]);
    const arns = tasks.map(({ taskArn = "" }) => taskArn);
    await waitUntilTasksStopped(patience(ecs.client), { cluster: ecs.cluster, tasks: arns });
    const described = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: arns }));
    return described.tasks![0]!;
  }

  const exitCodeOf = ({ containers = [] }: Task, name: string): number | undefined =>
    containers.find((each) => each.name === name)?.exitCode;

  it("act, as the process sees them, and no secret's value is anywhere but in its Secret", async () => {
    await kubectlApply(
      secret("ssm.prod.password", { value: password }),
      secret("secretsmanager.prod.db", { user, password }),
      secret("s3.conf.app", { FROM_FILE: "1", BOTH: "file", OVERRIDDEN: "second" }),
      secret("s3.conf.first", { OVERRIDDEN: "first" }),
      volume("docker", "docker.data"),
      volume("efs", "efs.fs-0123"),
      volume("own"),
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "efs.fs-0123", namespace },
        spec: { accessModes: ["ReadWriteMany"], storageClassName: "", resources: { requests: { storage: "1Gi" } } },
      },
    );
    const main: ContainerDefinition = {
      name: "main",
      image: "busybox",
      memory: 64,
      entryPoint: ["/bin/sh", "-c"],
      command: [LOOK_AROUND],
      user: "1000:1000",
      workingDirectory: "/scratch",
      hostname: "look",
      readonlyRootFilesystem: true,
      ulimits: [
        { name: "nofile", softLimit: 512, hardLimit: 768 },
        { name: "nproc", softLimit: 300, hardLimit: 300 },
      ],
      linuxParameters: {
        sharedMemorySize: 16,
        initProcessEnabled: true,
        tmpfs: [{ containerPath: "/scratch", size: 8 }],
        capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
      },
      dockerSecurityOptions: ["no-new-privileges"],
      dnsServers: ["10.1.2.3"],
      dnsSearchDomains: ["corp.example"],
      extraHosts: [{ hostname: "db.internal", ipAddress: "10.9.8.7" }],
      systemControls: [{ namespace: "net.ipv4.ip_unprivileged_port_start", value: "80" }],
      environment: [
        { name: "BOTH", value: "environment" },
        { name: "LITERAL", value: "$(BOTH) $BOTH" },
      ],
      environmentFiles: [
        { type: "s3", value: "arn:aws:s3:::conf/first.env" },
        { type: "s3", value: "arn:aws:s3:::conf/app.env" },
      ],
      secrets: [
        { name: "PASSWORD", valueFrom: "/prod/password" },
        { name: "USER_OF_DB", valueFrom: `${SECRETS_MANAGER}:prod/db-AbCdEf:user::` },
      ],
      mountPoints: [
        { sourceVolume: "data", containerPath: "/shared" },
        { sourceVolume: "efs", containerPath: "/efs" },
        { sourceVolume: "own", containerPath: "/own" },
      ],
      volumesFrom: [{ sourceContainer: "prepare", readOnly: true }],
      dependsOn: [{ containerName: "prepare", condition: "SUCCESS" }],
    };
    const prepare = shell("chmod 777 /seen; echo docker >/data/word; mkdir -p /all/app/data; chmod -R 777 /all /ebs", {
      name: "prepare",
      essential: false,
      mountPoints: [
        { sourceVolume: "seen", containerPath: "/seen" },
        { sourceVolume: "data", containerPath: "/data" },
        { sourceVolume: "whole", containerPath: "/all" },
        { sourceVolume: "own", containerPath: "/ebs" },
      ],
    });
    const definition = await ecs.register("look", [prepare, main], {
      volumes: [
        { name: "data", dockerVolumeConfiguration: { scope: "shared", autoprovision: true } },
        { name: "whole", efsVolumeConfiguration: { fileSystemId: "fs-0123" } },
        { name: "efs", efsVolumeConfiguration: { fileSystemId: "fs-0123", rootDirectory: "/app/data" } },
        { name: "own", configuredAtLaunch: true },
        { name: "seen" },
      ],
    });
    await refused(
      ecs.client.send(new RunTaskCommand({ cluster: ecs.cluster, taskDefinition: definition })),
      "InvalidParameterException",
      /The volume own of the task definition is configured at launch/,
    );
    const managedEBSVolume = { roleArn: "arn:aws:iam::000000000000:role/e", sizeInGiB: 1, volumeType: storageClass };
    const task = await stopped(definition, { volumeConfigurations: [{ name: "own", managedEBSVolume }] });
    const id = task.taskArn!.split("/").at(-1)!;
    const output = await kubectl("logs", "-n", namespace, id, "-c", "main");
    expect(exitCodeOf(task, "main"), output + JSON.stringify(task)).to.equal(0);
    const seen = Object.fromEntries(
      output.split("\n").flatMap((line) => {
        const [name = "", ...value] = line.split("=");
        return value.length === 0 ? [] : [[name, value.join("=").trim()]];
      }),
    );
    const hash = (value: string): string => createHash("sha256").update(value).digest("hex");
    expect(seen).to.deep.include({
      ids: "1000:1000",
      nofile: "512:768",
      nproc: "300",
      pwd: "/scratch",
      hostname: "look",
      shm: "16384",
      scratch: "8192",
      root: "1",
      capabilities: "0000000000000400",
      privileges: "1",
      hosts: "1",
      sysctl: "80",
      files: "1/environment/first",
      literal: "$(BOTH) $BOTH",
      password: hash(password),
      user: hash(user),
      shared: "docker",
      efs: "hello",
      readonly: "1",
      own: "writable",
    });
    expect(seen["first"]).to.match(/pause/);
    expect(seen["resolv"])
      .to.match(/nameserver 10\.1\.2\.3/)
      .and.to.match(/corp\.example/);

    const resources = await kubectl("get", "ecs,pods,events,pvc,deployments", "-A", "-o", "yaml");
    const answers = JSON.stringify(task);
    const files = await Promise.all(
      [join(STATE, "data"), join(STATE, "logs")].map(async (path) =>
        (await readdir(path, { withFileTypes: true }).catch(() => []))
          .filter((entry) => entry.isFile())
          .map((entry) => join(path, entry.name)),
      ),
    );
    for (const value of [password, user]) {
      expect(resources, "resources").not.to.include(value);
      expect(answers, "answers").not.to.include(value);
      for (const name of files.flat()) {
        expect((await readFile(name)).includes(value), `${name} has a secret's value`).to.equal(false);
      }
    }
  });

  it("that miss a Secret stop the task, and it says which", async () => {
    const parameter = await ecs.register("no-parameter", [
      shell("true", { secrets: [{ name: "A", valueFrom: "/not/there" }] }),
    ]);
    const key = await ecs.register("no-key", [
      shell("true"),
      shell("true", {
        name: "side",
        essential: false,
        secrets: [{ name: "A", valueFrom: `${SECRETS_MANAGER}:known-AbCdEf:missing::` }],
      }),
    ]);
    const environment = await ecs.register("no-file", [
      shell("true", { environmentFiles: [{ type: "s3", value: "arn:aws:s3:::not/there.env" }] }),
    ]);
    await kubectlApply(secret("secretsmanager.known", { other: "x" }));
    const [first, second, third] = await Promise.all([stopped(parameter), stopped(key), stopped(environment)]);
    for (const task of [first, second, third]) expect(task.stopCode).to.equal("TaskFailedToStart");
    expect(first.stoppedReason).to.match(
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*ssm\.not\.there/,
    );
    expect(second.stoppedReason).to.match(
      /^ResourceInitializationError: unable to pull .*missing .*secretsmanager\.known/,
    );
    expect(third.stoppedReason).to.match(
      /^ResourceInitializationError: failed to download env files: .*s3\.not\.there/,
    );
  });

  it("order containers: COMPLETE forgives, SUCCESS does not, startTimeout ends the wait, ignored exit codes end for good", async () => {
    const job = (command: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
      ...shell(command, { name: "job", essential: false }),
      entryPoint: ["sh", "-c"],
      command: [command],
      ...more,
    });
    const after = (condition: "COMPLETE" | "SUCCESS"): ContainerDefinition =>
      shell("exit 4", { dependsOn: [{ containerName: "job", condition }] });
    const volumes = [{ name: "work" }];
    const [complete, success, late, ignores] = await Promise.all([
      ecs.register("complete", [job("exit 3"), after("COMPLETE")]),
      ecs.register("success", [job("exit 3"), after("SUCCESS")]),
      ecs.register("late", [job(SLEEP, { startTimeout: 2 }), after("SUCCESS")]),
      ecs.register(
        "ignored",
        [
          shell("sleep 3; [ ! -e /scratch/again ]", {
            mountPoints: [{ sourceVolume: "work", containerPath: "/scratch" }],
          }),
          job("[ -e /scratch/once ] && touch /scratch/again; touch /scratch/once; exit 9", {
            restartPolicy: { enabled: true, ignoredExitCodes: [9] },
            mountPoints: [{ sourceVolume: "work", containerPath: "/scratch" }],
          }),
        ],
        { volumes },
      ),
    ]);
    const [forgiven, failed, timedOut, ignored] = await Promise.all([
      stopped(complete),
      stopped(success),
      stopped(late),
      stopped(ignores),
    ]);
    expect([exitCodeOf(forgiven, "job"), exitCodeOf(forgiven, "main")]).to.deep.equal([3, 4]);
    expect(forgiven.stopCode).to.equal("EssentialContainerExited");
    expect(failed.stopCode).to.equal("TaskFailedToStart");
    expect(exitCodeOf(failed, "job")).to.equal(3);
    expect(timedOut.stopCode).to.equal("TaskFailedToStart");
    expect(timedOut.stoppedReason).to.match(/dependency \[job\] for target \[main\] has timed out/);
    // Exit code 9 is one with which it is not started again.
    expect([exitCodeOf(ignored, "job"), exitCodeOf(ignored, "main")]).to.deep.equal([9, 0]);
  });

  const waits = (name: string, containerName: string): ContainerDefinition =>
    shell("true", { name, dependsOn: [{ containerName, condition: "START" }] });
  const bad: [string, Partial<RegisterTaskDefinitionCommandInput>, RegExp][] = [
    [
      "a circle",
      { containerDefinitions: [waits("a", "b"), waits("b", "a")] },
      /Container dependencies must not form a circle: a -> b -> a/,
    ],
    [
      "limits without entryPoint",
      { containerDefinitions: [shell("true", { ulimits: [{ name: "nofile", softLimit: 9, hardLimit: 9 }] })] },
      /containerDefinitions\[0\]\.ulimits: Kubernetes does not limit processes/,
    ],
    [
      "no network",
      { networkMode: "none", containerDefinitions: [shell("true")] },
      /networkMode: the network mode none/,
    ],
    [
      "a user by name",
      { containerDefinitions: [shell("true", { user: "nobody" })] },
      /containerDefinitions\[0\]\.user: only numeric ids and root are supported/,
    ],
  ];
  it("that cannot be honoured are refused in the same words by RegisterTaskDefinition and for kubectl", async () => {
    for (const [what, members, message] of bad) {
      const name = uniqueName("bad");
      const input = { family: name, containerDefinitions: [], ...members };
      const error = await refused(
        ecs.client.send(new RegisterTaskDefinitionCommand(input)),
        "ClientException",
        message,
      );
      await kubectlApply({
        apiVersion: "ecs.kecs.io/v1alpha1",
        kind: "ECSTaskDefinition",
        metadata: { name },
        spec: input,
      });
      const stalled = await eventually(`${what} is Stalled`, async () => {
        const { status } = await kubectlJson<{ status?: { conditions?: { type: string; message?: string }[] } }>(
          "get",
          "ecstaskdefinition",
          name,
        );
        return status?.conditions?.find(({ type, message: text }) => type === "Stalled" && text);
      });
      expect(stalled.message, what).to.equal(error.message);
      await kubectl("delete", "ecstaskdefinition", name, "--wait=false");
    }
  });
});
