import { expect } from "chai";
import { runSql } from "../ad-hoc-sql.ts";
import type { KubernetesRow } from "../kubernetes-rows.ts";
import type { Store } from "../store.ts";
import { fill } from "../testing/fill.ts";
import { Folder } from "../testing/fixtures.ts";
import { compact } from "./compaction.ts";
import { boundKubernetes } from "./kubernetes-bound.ts";

const NOON = Date.parse("2026-11-24T12:00:00Z");
/** Such as does not compress. */
const noise = (seed: number): string =>
  Array.from({ length: 40 }, (_, index) => Math.sin(seed * 100 + index).toString(36)).join("");

function row(uid: string, second: number, more: Partial<KubernetesRow> = {}): KubernetesRow {
  return {
    kind: "Pod",
    uid,
    resource_version: second,
    change: "MODIFIED",
    source: "watch",
    changed_at: new Date(NOON + second * 1000),
    namespace: "ecs-default",
    name: uid,
    arn: undefined,
    service_arn: undefined,
    about_kind: "Pod",
    about_uid: uid,
    summary: undefined,
    object: JSON.stringify({ status: noise(second) }),
    spec: undefined,
    ...more,
  };
}

/** Pods one after the other, each with a spec, some changes and its deletion. */
function gonePods(pods: number): KubernetesRow[] {
  return Array.from({ length: pods }, (_, pod) => {
    const of = (index: number, more?: Partial<KubernetesRow>) => row(`gone-${pod}`, 10 + pod * 10 + index, more);
    return [of(0, { change: "ADDED", spec: "{}" }), of(1), of(2), of(3, { change: "DELETED" })];
  }).flat();
}

describe("the bound of what Kubernetes told", () => {
  let folder: Folder;
  let store: Store;
  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
  });
  afterEach(() => folder.remove());

  const ask = async (sql: string) => (await runSql(store, sql, new AbortController().signal)).rows;

  it("lets the oldest go, and keeps what is still there and what later rows build on", async () => {
    const living = [row("living", 0, { change: "ADDED", spec: "{}" }), row("living", 1), row("living", 2)];
    const straddling = [row("straddling", 3, { change: "ADDED", spec: "{}" }), row("straddling", 4)];
    const late = [row("straddling", 40_000), row("straddling", 40_001, { change: "DELETED" })];
    const all = [...living, ...straddling, ...gonePods(3000), ...late];
    // Each checkpoint ends a row group, which takes its space until nothing of it lives.
    for (let from = 0; from < all.length; from += 500) {
      await fill(store, [], all.slice(from, from + 500));
      await store.checkpoint();
    }
    expect(await boundKubernetes(store, 1e9)).to.equal(0);
    const gone = await boundKubernetes(store, 3_000_000);
    expect(gone).to.be.within(all.length / 4, (all.length * 3) / 4);
    const left = await ask(
      "SELECT uid, resource_version::INTEGER FROM kubernetes_history WHERE uid NOT LIKE 'gone%' ORDER BY position",
    );
    expect(left).to.deep.equal([
      ["living", 0],
      ["living", 2],
      ["straddling", 3],
      ["straddling", 40_000],
      ["straddling", 40_001],
    ]);
    // Of those that are gone the oldest went, all of each but of the one where the cut is.
    const stories = await ask(
      "SELECT count(*)::INTEGER FROM kubernetes_history WHERE uid LIKE 'gone%' GROUP BY uid HAVING count(*) <> 4",
    );
    expect(stories.length).to.be.at.most(1);
    expect(await ask("SELECT count(*)::INTEGER FROM kubernetes_history WHERE uid = 'gone-0'")).to.deep.equal([[0]]);
    expect(await ask("SELECT count(*)::INTEGER FROM kubernetes_history WHERE uid = 'gone-2999'")).to.deep.equal([[4]]);
    await compact(store);
    expect(await boundKubernetes(store, 3_000_000)).to.equal(0);
  });
});
