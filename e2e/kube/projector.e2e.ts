import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { KubeClient } from "#lib/kube/client.ts";
import { RESOURCE } from "#lib/kube/resources.ts";
import { createLogger } from "#lib/log.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { type Projector, startProjector } from "#projector/projector.ts";
import { openStore, type Store } from "#projector/store.ts";
import { eventually } from "../support/wait.ts";
import { ControlPlane } from "./control-plane.ts";
import { installCrds } from "./operator.ts";

const namespace = "default";
const labels = { "app.kubernetes.io/managed-by": "kecs" };
const log = createLogger({ level: "error", format: "text", component: "e2e-projector" });
const identity = { region: "us-east-1", accountId: "000000000000" };

describe("a projector whose API server forgets", function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "kecs-e2e-projector-"));
  let plane: ControlPlane;
  let client: KubeClient;
  let store: Store;
  let projector: Projector;
  let ending: AbortController;

  async function start(): Promise<void> {
    ending = new AbortController();
    const metrics = new Registry();
    store = await openStore({ dataDir: folder, log, metrics });
    projector = startProjector({ kube: client, store, log, metrics, identity, signal: ending.signal });
    await projector.ready;
  }

  async function stop(): Promise<void> {
    ending.abort();
    await projector.stopped;
    store.close();
  }

  /** Name, change and source of each row, without versions. */
  async function history(kind: string): Promise<string[]> {
    const query = kind in RESOURCES ? "history_of_kind" : "kubernetes_history_of_kind";
    const rows = await store.read(query, { kind });
    return rows
      .toSorted((a, b) => Number(a["position"]) - Number(b["position"]))
      .map((row) => `${String(row["name"])} ${String(row["change"])} ${String(row["source"])}`);
  }

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
    await installCrds(client);
    await start();
  });

  after(async () => {
    await stop();
    client.close();
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const spec = { selector: { matchLabels: { app: "a" } }, template: template() };
  function template() {
    return { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "app", image: "busybox" }] } };
  }
  /** One object of each kind of object, by name; none is controlled by anything here. */
  const make = {
    ECSCluster: (name: string) => client.create(RESOURCES.ECSCluster, { metadata: { name }, spec: {} }),
    ECSTask: (name: string) =>
      client.create(RESOURCES.ECSTask, { metadata: { namespace, name }, spec: { taskDefinition: "a:1" } }),
    Pod: (name: string) =>
      client.create(RESOURCE.pods, { metadata: { namespace, name, labels }, spec: template().spec }),
    Deployment: (name: string) => client.create(RESOURCE.deployments, { metadata: { namespace, name, labels }, spec }),
    ReplicaSet: (name: string) => client.create(RESOURCE.replicasets, { metadata: { namespace, name, labels }, spec }),
    DaemonSet: (name: string) => client.create(RESOURCE.daemonsets, { metadata: { namespace, name, labels }, spec }),
    Event: (name: string) =>
      client.create(RESOURCE.events, {
        metadata: { namespace, name },
        involvedObject: { kind: "ECSTask", apiVersion: "ecs.kecs.io/v1alpha1", namespace, name: "kept", uid: "some" },
      }),
  };
  const resourceOf = {
    ...RESOURCES,
    Pod: RESOURCE.pods,
    Deployment: RESOURCE.deployments,
    ReplicaSet: RESOURCE.replicasets,
    DaemonSet: RESOURCE.daemonsets,
    Event: RESOURCE.events,
  };
  const kinds = Object.keys(make) as (keyof typeof make)[];
  const place = (kind: keyof typeof make, name: string) => (kind === "ECSCluster" ? { name } : { namespace, name });
  const change = (kind: keyof typeof make, name: string, step: string) =>
    client.mergePatch(resourceOf[kind], place(kind, name), { metadata: { annotations: { step } } });
  const remove = (kind: keyof typeof make, name: string) =>
    client.delete(resourceOf[kind], place(kind, name), { gracePeriodSeconds: 0 });

  it("says of every kind that a row from a list stands for changes that nobody knows, and goes on from there", async () => {
    for (const kind of kinds) for (const name of ["kept", "gone"]) await make[kind](name);
    for (const kind of kinds) {
      await eventually(`${kind}s are seen`, async () => (await history(kind)).length === 2);
    }
    await stop();
    for (const kind of kinds) {
      for (const step of ["one", "two"]) await change(kind, "kept", step);
      await remove(kind, "gone");
      await make[kind]("new");
    }
    await plane.killApiserver();
    await plane.compact();
    await plane.startApiserver();
    await start();
    for (const kind of kinds) {
      await eventually(`${kind}s are compared`, async () => (await history(kind)).length === 5);
      await change(kind, "kept", "three");
      await eventually(`a change after it is told of ${kind}s`, async () => (await history(kind)).length === 6);
      const rows = await history(kind);
      expect(rows.slice(0, 2).sort(), kind).to.deep.equal(["gone ADDED watch", "kept ADDED watch"]);
      expect(rows.slice(2, 5).sort(), kind).to.deep.equal([
        "gone DELETED relist",
        "kept MODIFIED relist",
        "new ADDED relist",
      ]);
      expect(rows.at(5), kind).to.equal("kept MODIFIED watch");
    }
  });

  it("goes on after kill -9 of the API server, and has nothing twice", async () => {
    await plane.killApiserver();
    await plane.startApiserver();
    for (const kind of kinds) {
      const { length } = await history(kind);
      await change(kind, "kept", "after");
      await eventually(`a change after it is known of ${kind}s`, async () => (await history(kind)).length > length);
    }
    for (const query of ["history", "kubernetes_history"]) {
      const { rows } = await store.borrow(async (connection) => {
        const reader = await connection.runAndReadAll(
          `SELECT count(*), count(DISTINCT (kind, uid, resource_version)) FROM ${query}`,
        );
        return { rows: reader.getRows() };
      });
      expect(rows[0]?.[0], query).to.deep.equal(rows[0]?.[1]);
    }
  });

  it("is ready soon over more objects than it lists, though none has changed", async () => {
    const relisted = async () => (await history("ECSTask")).filter((row) => row.endsWith("relist"));
    for (let from = 0; from < 600; from += 20) {
      const made = Array.from({ length: 20 }, (_, index) => make.ECSTask(`many-${from + index}`));
      await Promise.all(made);
    }
    await eventually(
      "all are seen",
      async () => (await store.read("known_versions", { kind: "ECSTask" })).length > 600,
    );
    const before = await relisted();
    await stop();
    // So that the list's version is newer than that of any task.
    await client.create(RESOURCE.configmaps, { metadata: { namespace, name: "other" } });
    await start();
    expect(await relisted()).to.deep.equal(before);
  });
});
