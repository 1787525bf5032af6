import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { environment } from "../support/environment.ts";
import { kubectl, kubectlRaw } from "../support/kubectl.ts";
import { kill9, makeUp } from "../support/processes.ts";
import { withForwardedPort } from "../support/port-forward.ts";
import { awsEcs, awsEcsRaw, boto3 } from "../support/python-clients.ts";
import { check, run } from "../support/run.ts";
import { eventually, uniqueName } from "../support/wait.ts";

const env = { KUBECONFIG: environment.kubeconfig };
const namespace = "kecs-system";
const image = [
  "--set",
  "image.repository=docker.io/library/kecs",
  "--set",
  "image.tag=dev",
  "--set",
  "imageResolution=none",
  "--set",
  "taskRoles=secret",
];

/** Says of each file of the gateway whether a text can be read in it. */
const LOOK_FOR = `
const fs = require("node:fs");
const names = fs.readdirSync("/var/lib/kecs", { recursive: true }).filter((name) => fs.statSync("/var/lib/kecs/" + name).isFile());
const legible = (name) => fs.readFileSync("/var/lib/kecs/" + name).includes(process.argv[1]);
console.log(JSON.stringify(names.map((name) => ({ name, legible: legible(name) }))));
`;

describe("the Helm chart", function () {
  this.timeout(600_000);
  const cluster = uniqueName("helm");
  let helm: string;
  let endpoint: string[];

  before(async () => {
    await check("make", ["--no-print-directory", "image", "build-helm"], { timeoutMs: 1_200_000 });
    helm = `${process.cwd()}/.kecs/bin/helm`;
    // What the chart installs is to do the work, not the processes on this machine.
    await kill9("gateway");
    await kill9("operator");
  });

  after(async () => {
    await run(helm, ["uninstall", "kecs", "-n", namespace, "--ignore-not-found", "--wait"], { env });
    await kubectl("--namespace", namespace, "delete", "secret", "kecs-database", "--ignore-not-found");
    await makeUp();
  });

  it("refuses values that mean nothing", async () => {
    const wrong = await run(
      helm,
      ["template", "kecs", "charts/kecs", "--set", "accountId=12", "--set", "gatewayy.replicas=2"],
      { env },
    );
    expect(wrong.code).to.not.equal(0);
    expect(wrong.stderr).to.contain("accountId").and.to.contain("gatewayy");
  });

  it("installs operator, gateway and agent, and says what to do next", async () => {
    const said = await check(
      helm,
      ["install", "kecs", "charts/kecs", "-n", namespace, "--create-namespace", "--wait", "--timeout", "3m", ...image],
      { env, timeoutMs: 240_000 },
    );
    expect(said).to.contain("aws ecs create-cluster");
    const address = await kubectl("get", "service", "kecs", "-n", namespace, "-o", "jsonpath={.spec.clusterIP}");
    endpoint = ["--endpoint-url", `http://${address}:8080`];
    await eventually("kube-proxy brings requests to the ready Pods", async () => {
      const { code } = await awsEcsRaw("list-clusters", ...endpoint);
      return code === 0;
    });
  });

  it("serves the AWS CLI through its Service", async () => {
    await awsEcs("create-cluster", "--cluster-name", cluster, ...endpoint);
    await awsEcs(
      "register-task-definition",
      "--family",
      cluster,
      "--container-definitions",
      JSON.stringify([
        { name: "web", image: "nginx", memory: 64, essential: true, portMappings: [{ containerPort: 80 }] },
      ]),
      ...endpoint,
    );
    await awsEcs(
      "create-service",
      "--cluster",
      cluster,
      "--service-name",
      "web",
      "--task-definition",
      cluster,
      "--desired-count",
      "1",
      ...endpoint,
    );
    await awsEcs("wait", "services-stable", "--cluster", cluster, "--services", "web", ...endpoint);
    const { tasks } = await awsEcs<{ tasks: { taskArn: string }[] }>(
      "run-task",
      "--cluster",
      cluster,
      "--task-definition",
      cluster,
      ...endpoint,
    );
    await awsEcs("wait", "tasks-running", "--cluster", cluster, "--tasks", tasks[0]!.taskArn, ...endpoint);
    await awsEcs("stop-task", "--cluster", cluster, "--task", tasks[0]!.taskArn, ...endpoint);
    await awsEcs("wait", "tasks-stopped", "--cluster", cluster, "--tasks", tasks[0]!.taskArn, ...endpoint);
  });

  it("lets containers ask about themselves, and gives them their role's credentials", async () => {
    const inNamespace = ["--namespace", `ecs-${cluster}`];
    const keys = ["AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example", "AWS_SESSION_TOKEN=session"];
    const literals = keys.map((key) => `--from-literal=${key}`);
    await kubectl(...inNamespace, "create", "secret", "generic", "iam-role.app.worker", ...literals);
    const sleeps = { name: "main", image: "busybox", memory: 32, stopTimeout: 2, command: ["sleep", "3600"] };
    const input = {
      family: `${cluster}-role`,
      taskRoleArn: "arn:aws:iam::000000000000:role/app/worker",
      containerDefinitions: [sleeps],
    };
    await awsEcs("register-task-definition", "--cli-input-json", JSON.stringify(input), ...endpoint);
    const launch = ["run-task", "--cluster", cluster, "--task-definition", input.family, ...endpoint];
    const { tasks } = await awsEcs<{ tasks: { taskArn: string }[] }>(...launch);
    const arn = tasks[0]?.taskArn ?? "";
    await awsEcs("wait", "tasks-running", "--cluster", cluster, "--tasks", arn, ...endpoint);
    const pod = arn.split("/").at(-1) ?? "";
    const inside = (command: string) =>
      kubectl(...inNamespace, "exec", pod, "--container", "main", "--", "sh", "-c", command);

    expect(await inside("wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task")).to.contain(arn);
    const stats = await eventually("the kubelet has measured it", async () => {
      const text = await inside("wget -qO- $ECS_CONTAINER_METADATA_URI_V4/stats");
      return (JSON.parse(text) as { memory_stats: { usage: number } } | null) ?? undefined;
    });
    expect(stats.memory_stats.usage).to.be.greaterThan(0);

    // What an SDK does with the same variables, on this machine through a forwarded port.
    const uri = new URL((await inside("echo $AWS_CONTAINER_CREDENTIALS_FULL_URI")).trim());
    const token = await inside("cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const found = await withForwardedPort([...inNamespace, `pod/${pod}`, uri.port], (port) =>
      boto3<Record<string, string>>(`
import json, os
os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:${port}${uri.pathname}"
os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "${token}"
from botocore.credentials import ContainerProvider
found = ContainerProvider().load().get_frozen_credentials()
print(json.dumps({"key": found.access_key, "secret": found.secret_key, "token": found.token}))
`),
    );
    expect(found).to.deep.equal({ key: "AKIAEXAMPLE", secret: "example", token: "session" });
    await awsEcs("stop-task", "--cluster", cluster, "--task", arn, ...endpoint);
    await awsEcs("wait", "tasks-stopped", "--cluster", cluster, "--tasks", arn, ...endpoint);
  });

  it("gives each part the rights it needs and no more", async () => {
    const can = async (part: string, ...what: string[]): Promise<boolean> =>
      (
        await kubectlRaw([
          "auth",
          "can-i",
          ...what,
          "--all-namespaces",
          `--as=system:serviceaccount:${namespace}:kecs-${part}`,
        ])
      ).stdout.trim() === "yes";
    expect(await can("gateway", "create", "ecsservices.ecs.kecs.io")).to.equal(true);
    expect(await can("gateway", "patch", "ecsservices.ecs.kecs.io", "--subresource=status")).to.equal(false);
    expect(await can("gateway", "create", "pods")).to.equal(false);
    expect(await can("gateway", "get", "secrets")).to.equal(false);
    expect(await can("gateway", "get", "pods")).to.equal(false);
    expect(await can("gateway", "create", "pods", "--subresource=exec")).to.equal(true);
    expect(await can("operator", "patch", "ecsservices.ecs.kecs.io", "--subresource=status")).to.equal(true);
    expect(await can("operator", "delete", "ecsservices.ecs.kecs.io")).to.equal(false);
    expect(await can("operator", "get", "secrets")).to.equal(false);
    expect(await can("agent", "get", "ecstasks.ecs.kecs.io")).to.equal(true);
    expect(await can("agent", "get", "nodes", "--subresource=stats")).to.equal(true);
    expect(await can("agent", "get", "nodes", "--subresource=proxy")).to.equal(false);
    expect(await can("agent", "patch", "ecstasks.ecs.kecs.io")).to.equal(false);
    expect(await can("agent", "get", "secrets")).to.equal(false);
    expect(await can("operator", "delete", "namespaces")).to.equal(false);
    expect(await can("operator", "create", "clusterrolebindings")).to.equal(false);
  });

  it("upgrades without touching what runs, to an encrypted database", async () => {
    const key = `--from-literal=key=${randomBytes(32).toString("base64")}`;
    await kubectl("--namespace", namespace, "create", "secret", "generic", "kecs-database", key);
    const pods = (): Promise<string> =>
      kubectl("get", "pods", "-n", `ecs-${cluster}`, "-o", "jsonpath={.items[*].metadata.uid}");
    const before = await pods();
    await check(
      helm,
      [
        "upgrade",
        "kecs",
        "charts/kecs",
        "-n",
        namespace,
        "--wait",
        "--timeout",
        "3m",
        ...image,
        "--set",
        "log.level=debug,gateway.database.encryption.secretName=kecs-database",
      ],
      { env, timeoutMs: 240_000 },
    );
    await sleep(3000);
    expect(await pods()).to.equal(before);
    await eventually("the upgraded gateway shows the service", async () => {
      const { services } = await awsEcs<{ services: { runningCount: number }[] }>(
        "describe-services",
        "--cluster",
        cluster,
        "--services",
        "web",
        ...endpoint,
      );
      return services[0]?.runningCount === 1;
    });
    const gateway = ["exec", "--namespace", namespace, "kecs-gateway-0", "--"];
    // The name of the cluster is in every change; a backup has them all.
    await kubectl(...gateway, "node", "bin/kecs.ts", "backup");
    const found = await kubectl(...gateway, "node", "--eval", LOOK_FOR, cluster);
    const files = JSON.parse(found) as { name: string; legible: boolean }[];
    expect(files.map(({ name }) => name)).to.include.members(["kecs.duckdb"]);
    expect(files.filter(({ name }) => name.endsWith(".parquet"))).to.not.deep.equal([]);
    expect(files.filter(({ legible }) => legible)).to.deep.equal([]);
  });

  it("cleans up through the API, and uninstalls", async () => {
    await awsEcs("delete-service", "--cluster", cluster, "--service", "web", "--force", ...endpoint);
    await awsEcs("wait", "services-inactive", "--cluster", cluster, "--services", "web", ...endpoint);
    const deleted = await awsEcsRaw("delete-cluster", "--cluster", cluster, ...endpoint);
    expect(deleted.code, deleted.stderr).to.equal(0);
    await check(helm, ["uninstall", "kecs", "-n", namespace, "--wait"], { env });
    await eventually("nothing of the release is left", async () => {
      const kinds = "all,clusterroles,clusterrolebindings";
      const left = await kubectl("get", kinds, "-n", namespace, "-l", "app.kubernetes.io/instance=kecs", "-o", "name");
      return left.trim() === "";
    });
    expect(
      await kubectl("get", "crd", "ecsservices.ecs.kecs.io", "-o", "name"),
      "the CRDs stay, and with them the data",
    ).to.contain("ecsservices");
  });
});
