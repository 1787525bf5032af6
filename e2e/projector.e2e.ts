import { expect } from "chai";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { createKubeClient, type KubeClient } from "#lib/kube/client.ts";
import { createLogger } from "#lib/log.ts";
import { type ECSCluster, type ECSTaskDefinition, RESOURCES } from "#model/generated/resources.generated.ts";
import { type Projector, startProjector } from "#projector/projector.ts";
import { createQueries, type Queries } from "#projector/queries.ts";
import { openStore, type Store } from "#projector/store.ts";
import { environment } from "./support/environment.ts";
import { eventually, uniqueName } from "./support/wait.ts";

const { region, accountId } = environment;
const log = createLogger({ level: "error", format: "text", component: "e2e-projector" });

describe("a projector beside the running one", () => {
  const folder = mkdtempSync(join(tmpdir(), "kecs-e2e-projector-"));
  const name = uniqueName("proj");
  const family = uniqueName("family");
  let kube: KubeClient;
  let store: Store;
  let projector: Projector;
  let queries: Queries;
  let ending: AbortController;

  async function start(): Promise<void> {
    ending = new AbortController();
    const metrics = new Registry();
    store = await openStore({ dataDir: folder, log, metrics });
    projector = startProjector({ kube, store, log, metrics, identity: { region, accountId }, signal: ending.signal });
    queries = createQueries(store);
    await projector.ready;
  }

  async function stop(): Promise<void> {
    ending.abort();
    await projector.stopped;
    store.close();
  }

  async function historyOf(uid: string | undefined): Promise<string[]> {
    const rows = await store.read("history_of_kind", { kind: "ECSCluster" });
    return rows
      .filter((row) => row["uid"] === uid)
      .map((row) => `${String(row["change"])} ${String(row["source"])} ${String(row["resource_version"])}`);
  }

  const setTags = (value: string): Promise<ECSCluster> =>
    kube.mergePatch<ECSCluster>(RESOURCES.ECSCluster, { name }, { spec: { tags: [{ key: "step", value }] } });

  before(async () => {
    kube = createKubeClient({ kubeconfig: environment.kubeconfig });
    await start();
  });

  after(async () => {
    await stop();
    await kube.delete(RESOURCES.ECSCluster, { name });
    await kube.delete(RESOURCES.ECSTaskDefinition, { name: `${family}.1` });
    kube.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows a write as soon as it has passed it", async () => {
    const { apiVersion, kind } = RESOURCES.ECSCluster;
    const created = await kube.create<ECSCluster>(RESOURCES.ECSCluster, {
      apiVersion,
      kind,
      metadata: { name },
      spec: {},
    });
    const resourceVersion = created.metadata.resourceVersion ?? "";
    expect(await projector.waitFor({ resource: "ecsclusters", resourceVersion }, 10_000)).to.equal(true);
    expect((await queries.cluster(name))?.doc).to.include({ clusterName: name, status: "ACTIVE" });
    expect(await queries.listClusters({ limit: 100, after: "arn" })).to.include(
      `arn:aws:ecs:${region}:${accountId}:cluster/${name}`,
    );
  });

  it("is told what happened while it was down, and by no list", async () => {
    const uid = (await queries.cluster(name))?.ref.uid;
    await stop();
    const versions: string[] = [];
    for (const step of ["one", "two", "three"]) versions.push((await setTags(step)).metadata.resourceVersion ?? "");
    await start();
    expect((await queries.cluster(name))?.doc.tags).to.deep.equal([{ key: "step", value: "three" }]);
    const history = await historyOf(uid);
    for (const version of versions) expect(history).to.include(`MODIFIED watch ${version}`);
  });

  it("has the current state again after its file was deleted", async () => {
    await stop();
    for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true });
    await start();
    const found = await queries.cluster(name);
    expect(found?.doc.tags).to.deep.equal([{ key: "step", value: "three" }]);
    const history = await historyOf(found?.ref.uid);
    expect(history[0]).to.match(/^ADDED relist /);
  });

  it("remembers revisions and clusters that are gone", async () => {
    const { apiVersion, kind } = RESOURCES.ECSTaskDefinition;
    const spec = { family, revision: 1, containerDefinitions: [{ name: "app", image: "busybox", memory: 16 }] };
    const ref = { name: `${family}.1` };
    await kube.create<ECSTaskDefinition>(RESOURCES.ECSTaskDefinition, { apiVersion, kind, metadata: ref, spec });
    await eventually("task definition", () => queries.taskDefinition(family));
    await kube.delete(RESOURCES.ECSTaskDefinition, ref);
    await eventually("it is gone", async () => (await queries.taskDefinition(family, 1)) === undefined);
    expect(await queries.latestRevision(family)).to.equal(1);

    await kube.delete(RESOURCES.ECSCluster, { name });
    await eventually("INACTIVE", async () => (await queries.cluster(name))?.doc.status === "INACTIVE");
    expect((await queries.cluster(name))?.ref.deleted).to.equal(true);
  });
});
