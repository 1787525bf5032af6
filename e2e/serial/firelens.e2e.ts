import { RunTaskCommand } from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logRouter } from "../../images/log-router.ts";
import { type EcsFixture, ecsFixture } from "../support/ecs-fixture.ts";
import { environment } from "../support/environment.ts";
import { kubectl } from "../support/kubectl.ts";
import { routedApp, routedOf, router } from "../support/log-router.ts";
import { realNode } from "../support/nodes.ts";
import { kill9, makeUp } from "../support/processes.ts";
import { loadTestImage } from "../support/test-image.ts";
import { eventually } from "../support/wait.ts";

describe("FireLens with several gateways", function () {
  this.timeout(400_000);
  let ecs: EcsFixture;
  let folder: string;
  let second: ChildProcess | undefined;

  before(async () => {
    await realNode();
    await loadTestImage(logRouter);
    ecs = await ecsFixture("firelens");
    folder = await mkdtemp(join(tmpdir(), "kecs-gateway-"));
  });
  after(async () => {
    second?.kill("SIGKILL");
    await makeUp();
    await ecs?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** A second replica: its own ports and database, the same cluster. */
  async function startSecond(): Promise<ChildProcess> {
    const ports = { KECS_PORT: "0", KECS_ADMIN_PORT: "0" };
    const gateway = spawn(process.execPath, ["api-gateway/main.ts"], {
      env: { ...process.env, ...ports, KECS_DATA_DIR: folder, KUBECONFIG: environment.kubeconfig },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const output of [gateway.stdout, gateway.stderr]) output.on("data", (text) => (said += String(text)));
    await eventually("the second gateway waits for its turn", async () => {
      if (gateway.exitCode !== null) throw new Error(said);
      return said.includes("another process leads");
    });
    return gateway;
  }

  it("sends each line once, and goes on where another one was", async () => {
    const { client, cluster } = ecs;
    second = await startSecond();
    const taskDefinition = await ecs.register("ticks", [
      routedApp("i=0; while true; do echo $i; i=$((i + 1)); sleep 0.2; done", {}),
      router(),
    ]);
    const { tasks = [] } = await client.send(new RunTaskCommand({ cluster, taskDefinition }));
    const pod = tasks[0]!.taskArn!.split("/").at(-1)!;
    const [name] = (await kubectlNames(pod)).filter((each) => each.startsWith("log-router"));
    const ticks = async (): Promise<number[]> => {
      const printed = await kubectl("-n", `ecs-${cluster}`, "logs", pod, "-c", name!);
      return routedOf(printed.split("\n")).map(({ record }) => Number(record["log"]));
    };
    const until = (count: number): Promise<number[]> =>
      eventually(`${count} ticks`, async () => {
        const found = await ticks();
        return found.length > 0 && Math.max(...found) >= count && found;
      });

    const first = await until(20);
    expect(first).to.deep.equal(counting(first.length));

    await kill9("gateway");
    const killed = (await ticks()).length;
    const taken = await until(killed + 100);
    expect([...new Set(taken)], "lines lost").to.deep.equal(counting(Math.max(...taken) + 1));
    expect(taken.filter((tick) => tick > killed + 5)).to.have.length(Math.max(...taken) - killed - 5);

    await makeUp();
    const ended = once(second, "exit");
    second.kill("SIGTERM");
    await ended;
    second = undefined;
    const last = await until(Math.max(...taken) + 100);
    const after = last.slice(taken.length);
    expect(after).to.deep.equal(after.map((_, index) => after[0]! + index));
    expect(after[0]).to.equal(taken.at(-1)! + 1);
  });

  async function kubectlNames(pod: string): Promise<string[]> {
    return eventually("the Pod", async () => {
      const path = "jsonpath={.spec.initContainers[*].name}";
      const names = await kubectl("-n", `ecs-${ecs.cluster}`, "get", "pod", pod, "-o", path);
      return names !== "" && names.split(" ");
    });
  }
});

function counting(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
