import { expect } from "chai";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "#lib/kube/client.ts";
import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import { watchStream } from "#lib/kube/watch-stream.ts";
import type { ECSTask, ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { eventually } from "../support/wait.ts";
import { ControlPlane } from "./control-plane.ts";
import { installCrds, startOperator } from "./operator.ts";

const NAMESPACE = "default";
const TASKS = 60;
const API_VERSION = RESOURCES.ECSTask.apiVersion;

describe("an operator that is killed again and again", function () {
  this.timeout(180_000);
  const stop = new AbortController();
  /** Task → uids of all Pods that it ever had. */
  const pods = new Map<string, Set<string>>();
  let plane: ControlPlane;
  let client: KubeClient;
  let operator: ChildProcess | undefined;

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
    await installCrds(client);
    void notePods();
  });

  after(async () => {
    stop.abort();
    operator?.kill("SIGKILL");
    client.close();
    await plane.stop();
  });

  async function notePods(): Promise<void> {
    for await (const item of watchStream<Pod>(client, RESOURCE.pods, { namespace: NAMESPACE, signal: stop.signal })) {
      const seen = item.type === "LIST" ? item.items : "object" in item ? [item.object] : [];
      for (const { metadata = {} } of seen) {
        const uids = pods.get(metadata.name ?? "") ?? new Set();
        pods.set(metadata.name ?? "", uids.add(metadata.uid ?? ""));
      }
    }
  }

  async function killOperator(): Promise<void> {
    if (!operator) return;
    const exited = once(operator, "exit");
    operator.kill("SIGKILL");
    await exited;
  }

  const tasks = async (): Promise<ECSTask[]> =>
    (await client.list<ECSTask>(RESOURCES.ECSTask, { namespace: NAMESPACE })).items;

  it("starts every task once, and none again whose Pod vanished", async () => {
    await client.create<ECSTaskDefinition>(RESOURCES.ECSTaskDefinition, {
      apiVersion: API_VERSION,
      kind: "ECSTaskDefinition",
      metadata: { name: "once.1" },
      spec: { family: "once", revision: 1, containerDefinitions: [{ name: "a", image: "busybox", memory: 8 }] },
    });
    for (let index = 0; index < TASKS; index += 1) {
      await client.create<ECSTask>(RESOURCES.ECSTask, {
        apiVersion: API_VERSION,
        kind: "ECSTask",
        metadata: { name: `once-${index}`, namespace: NAMESPACE },
        spec: { taskDefinition: "once:1" },
      });
    }
    const deleted = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const before = pods.size;
      operator = await startOperator(plane, client);
      await eventually("Pods are being made", async () => pods.size > before || pods.size === TASKS, 30_000, 5);
      await sleep(round * 15);
      await killOperator();
      // While nobody looks, some Pods are deleted, just as they were made.
      for (const name of [...pods.keys()].filter((each) => !deleted.has(each)).slice(-2)) {
        deleted.add(name);
        await client.delete(RESOURCE.pods, { namespace: NAMESPACE, name }, { gracePeriodSeconds: 0 });
      }
    }
    operator = await startOperator(plane, client);
    await eventually("every task has its Pod on record", async () =>
      (await tasks()).every(({ status }) => status?.podUid !== undefined),
    );
    await eventually("tasks without Pod have stopped", async () =>
      (await tasks()).every(
        ({ metadata, status }) => !deleted.has(metadata.name ?? "") || status?.lastStatus === "STOPPED",
      ),
    );
    expect(pods.size).to.equal(TASKS);
    expect([...pods].filter(([, uids]) => uids.size !== 1)).to.deep.equal([]);
    const left = await client.list<Pod>(RESOURCE.pods, { namespace: NAMESPACE });
    expect(left.items.filter(({ metadata }) => deleted.has(metadata?.name ?? ""))).to.deep.equal([]);
    expect(left.items).to.have.length(TASKS - deleted.size);
  });
});
