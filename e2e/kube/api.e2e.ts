import { expect } from "chai";
import { APPLIED_HASH, applyChild, applyStatus, NotOwnedError } from "#lib/kube/apply.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isAlreadyExists, isConflict, isInvalid, isNotFound, isUnreachable, type KubeError } from "#lib/kube/errors.ts";
import { addFinalizer, isDeleting, removeFinalizer } from "#lib/kube/finalizers.ts";
import { controllerReference, isControlledBy } from "#lib/kube/owners.ts";
import { createRecorder } from "#lib/kube/recorder.ts";
import { RESOURCE, type ConfigMap, type Deployment, type Event } from "#lib/kube/resources.ts";
import { ControlPlane } from "./control-plane.ts";
import { installWidgets, widget, WIDGET, type Widget } from "./crd.ts";

/** The error that a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}

describe("lib/kube on a Kubernetes API of its own", () => {
  let plane: ControlPlane;
  let client: KubeClient;
  let count = 0;
  const fresh = (prefix: string): { namespace: string; name: string } => ({
    namespace: "default",
    name: `${prefix}-${++count}`,
  });

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
    await installWidgets(client);
  });

  after(async () => {
    client?.close();
    await plane?.stop();
  });

  describe("client", () => {
    it("creates, reads, patches and deletes", async () => {
      const metadata = fresh("crud");
      const created = await client.create<ConfigMap>(RESOURCE.configmaps, { metadata, data: { a: "1" } });
      expect(created.metadata?.uid).to.be.a("string");
      const merged = await client.mergePatch<ConfigMap>(RESOURCE.configmaps, metadata, { data: { b: "2" } });
      expect(merged.data).to.deep.equal({ a: "1", b: "2" });
      const remove = [{ op: "remove", path: "/data/a" }];
      const patched = await client.jsonPatch<ConfigMap>(RESOURCE.configmaps, metadata, remove);
      expect(patched.data).to.deep.equal({ b: "2" });
      expect(await client.get(RESOURCE.configmaps, metadata)).to.deep.equal(patched);
      expect(await client.delete(RESOURCE.configmaps, metadata)).to.equal(true);
      expect(await client.delete(RESOURCE.configmaps, metadata)).to.equal(false);
      expect(isNotFound(await failure(client.get(RESOURCE.configmaps, metadata)))).to.equal(true);
    });

    it("tells refusals apart, in the API server's words", async () => {
      const metadata = fresh("refused");
      await client.create(WIDGET, widget(metadata.name));
      const exists = await failure(client.create(WIDGET, widget(metadata.name)));
      expect(isAlreadyExists(exists)).to.equal(true);
      expect(String(exists)).to.contain(`"${metadata.name}" already exists`);
      const invalid = await failure(client.create(WIDGET, widget(`${metadata.name}x`, { size: 101 })));
      expect(isInvalid(invalid)).to.equal(true);
      expect(String(invalid)).to.match(/spec\.size.*less than or equal to 100/);
      expect((invalid as KubeError).details?.causes?.[0]?.field).to.equal("spec.size");
      const old = { metadata: { resourceVersion: "1" }, spec: { size: 2 } };
      expect(isConflict(await failure(client.mergePatch(WIDGET, metadata, old)))).to.equal(true);
      const other = { uid: "00000000-0000-0000-0000-000000000000" };
      expect(isConflict(await failure(client.delete(WIDGET, metadata, other)))).to.equal(true);
    });

    it("checks without storing on a dry run", async () => {
      const { name } = fresh("dry");
      await client.create(WIDGET, widget(name), { dryRun: true });
      expect(isNotFound(await failure(client.get(WIDGET, { namespace: "default", name })))).to.equal(true);
    });

    it("lists page by page, in one snapshot, with kinds filled in", async () => {
      const labels = { many: "yes" };
      for (let at = 0; at < 7; at++) {
        await client.create(RESOURCE.configmaps, { metadata: { ...fresh("page"), labels } });
      }
      const options = { namespace: "default", labelSelector: "many=yes" };
      const first = await client.list<ConfigMap>(RESOURCE.configmaps, { ...options, limit: 3 });
      expect(first.items).to.have.length(3);
      expect(first.items[0]).to.include({ kind: "ConfigMap", apiVersion: "v1" });
      const rest = await client.list(RESOURCE.configmaps, { ...options, continue: first.metadata.continue });
      expect(rest.items).to.have.length(4);
      const all = await client.list<ConfigMap>(RESOURCE.configmaps, options);
      expect(all.items).to.have.length(7);
      expect(Number(all.metadata.resourceVersion)).to.be.greaterThan(0);
    });

    it("refuses to take over a field of another manager, unless told to", async () => {
      const { name } = fresh("ssa");
      await client.apply(WIDGET, widget(name, { size: 1 }), { fieldManager: "one" });
      const conflict = await failure(client.apply(WIDGET, widget(name, { size: 2 }), { fieldManager: "two" }));
      expect(isConflict(conflict)).to.equal(true);
      expect(String(conflict)).to.contain('conflict with "one"');
      await client.apply(WIDGET, widget(name, { color: "red" }), { fieldManager: "two" });
      const forced = await client.apply(WIDGET, widget(name, { size: 2 }), { fieldManager: "two", force: true });
      expect(forced.spec).to.deep.equal({ size: 2 }); // color was two's and is no longer in what it applies
    });

    it("ends a call when aborted, and when it takes too long", async () => {
      const aborted = await failure(client.list(WIDGET, { signal: AbortSignal.abort(new Error("enough")) }));
      expect(String(aborted)).to.equal("Error: enough");
      await plane.pauseApiserver();
      try {
        const startedAt = performance.now();
        const abort = new AbortController();
        const call = failure(client.list(WIDGET, { signal: abort.signal }));
        setTimeout(() => abort.abort(new Error("changed my mind")), 50);
        expect(String(await call)).to.equal("Error: changed my mind");
        const late = await failure(client.list(WIDGET, { timeoutMs: 200 }));
        expect(late).to.include({ status: 0, reason: "Timeout", retryable: true });
        expect(performance.now() - startedAt, "milliseconds, not the 30 s of other calls").to.be.lessThan(10_000);
      } finally {
        plane.resumeApiserver();
      }
    });

    it("says that the API server cannot be reached, and reaches it again when it is back", async () => {
      const metadata = fresh("back");
      await client.create(RESOURCE.configmaps, { metadata });
      await plane.killApiserver();
      const away = await failure(client.get(RESOURCE.configmaps, metadata));
      expect(isUnreachable(away)).to.equal(true);
      expect(String(away)).to.match(
        /cannot reach the Kubernetes API server at https:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/,
      );
      const starting = plane.startApiserver();
      const waited = await client.get(RESOURCE.configmaps, metadata).catch(() => undefined);
      await starting;
      expect(waited ?? (await client.get(RESOURCE.configmaps, metadata))).to.have.nested.property("metadata.uid");
    });
  });

  describe("applyChild", () => {
    const manager = { fieldManager: "test" };

    async function parent(): Promise<Widget> {
      return client.create<Widget>(WIDGET, widget(fresh("parent").name));
    }

    /** A child with defaults that the API server fills in, and lists of several sorts. */
    function child(owner: Widget, replicas: number): Deployment {
      return {
        metadata: {
          namespace: "default",
          name: owner.metadata?.name ?? "",
          labels: { app: "web" },
          ownerReferences: [controllerReference(WIDGET, owner)],
        },
        spec: {
          replicas,
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: {
              containers: [
                {
                  name: "web",
                  image: "nginx",
                  env: [{ name: "A", value: "1" }],
                  ports: [{ containerPort: 80 }],
                  resources: { limits: { cpu: "500m", memory: "64Mi" } },
                },
              ],
            },
          },
        },
      };
    }

    it("makes the child once, and writes again only what changed", async () => {
      const owner = await parent();
      const made = await applyChild(client, RESOURCE.deployments, child(owner, 1), manager);
      expect(made.changed).to.equal(true);
      expect(isControlledBy(made.object, owner)).to.equal(true);
      expect(made.object.metadata?.annotations).to.have.property(APPLIED_HASH);
      const existing = await client.get<Deployment>(RESOURCE.deployments, child(owner, 1).metadata as { name: string });
      const same = await applyChild(client, RESOURCE.deployments, child(owner, 1), { ...manager, existing });
      expect(same).to.deep.equal({ object: existing, changed: false });
      const scaled = await applyChild(client, RESOURCE.deployments, child(owner, 2), { ...manager, existing });
      expect(scaled.changed).to.equal(true);
      expect(scaled.object.spec?.replicas).to.equal(2);
    });

    it("puts back what someone changed, and leaves alone what others added", async () => {
      const owner = await parent();
      const { object } = await applyChild(client, RESOURCE.deployments, child(owner, 1), manager);
      const ref = { namespace: "default", name: object.metadata?.name ?? "" };
      const meddled = await client.mergePatch<Deployment>(RESOURCE.deployments, ref, {
        metadata: { labels: { theirs: "yes" } },
        spec: { replicas: 9 },
      });
      const applied = await applyChild(client, RESOURCE.deployments, child(owner, 1), {
        ...manager,
        existing: meddled,
      });
      expect(applied.changed).to.equal(true);
      expect(applied.object.spec?.replicas).to.equal(1);
      expect(applied.object.metadata?.labels).to.deep.equal({ app: "web", theirs: "yes" });
      const existing = applied.object;
      expect(
        (await applyChild(client, RESOURCE.deployments, child(owner, 1), { ...manager, existing })).changed,
      ).to.equal(false);
    });

    it("does not take over what belongs to another or to nobody", async () => {
      const [first, second] = [await parent(), await parent()];
      const name = first.metadata?.name ?? "";
      await applyChild(client, RESOURCE.deployments, child(first, 1), manager);
      const stolen = child(second, 5);
      stolen.metadata = { ...stolen.metadata, name };
      const refused = await failure(applyChild(client, RESOURCE.deployments, stolen, manager));
      expect(refused).to.be.instanceOf(NotOwnedError);
      expect(String(refused)).to.contain(`Deployment default/${name} belongs to Widget ${name}`);
      const orphan = { metadata: { namespace: "default", name: second.metadata?.name ?? "" }, data: {} };
      await client.create<ConfigMap>(RESOURCE.configmaps, orphan);
      const references = [controllerReference(WIDGET, second)];
      const wanted = { metadata: { ...orphan.metadata, ownerReferences: references }, data: { a: "1" } };
      const refusal = await failure(applyChild<ConfigMap>(client, RESOURCE.configmaps, wanted, manager));
      expect(refusal).to.be.instanceOf(NotOwnedError);
    });

    it("makes nothing anew from a stale cache", async () => {
      const owner = await parent();
      const { object } = await applyChild(client, RESOURCE.deployments, child(owner, 1), manager);
      await client.delete(RESOURCE.deployments, { namespace: "default", name: object.metadata?.name ?? "" });
      const stale = { ...manager, existing: object };
      expect(isConflict(await failure(applyChild(client, RESOURCE.deployments, child(owner, 2), stale)))).to.equal(
        true,
      );
    });
  });

  describe("applyStatus", () => {
    const manager = { fieldManager: "test" };

    it("writes a status once, drops what is no longer in it, and leaves the spec alone", async () => {
      const made = await client.create<Widget>(WIDGET, widget(fresh("status").name, { size: 1 }));
      const ref = { namespace: "default", name: made.metadata?.name ?? "" };
      const conditions = [{ type: "Ready", status: "True" }];
      const written = await applyStatus(client, WIDGET, made, { phase: "Up", conditions }, manager);
      expect(written?.status).to.deep.equal({ phase: "Up", conditions });
      const seen = await client.get<Widget>(WIDGET, ref);
      expect(seen.status).to.deep.equal({ phase: "Up", conditions });
      expect(await applyStatus(client, WIDGET, seen, { phase: "Up", conditions }, manager)).to.equal(undefined);
      expect(await applyStatus(client, WIDGET, seen, { conditions }, manager)).to.include.keys("metadata");
      const after = await client.get<Widget>(WIDGET, ref);
      expect(after.status).to.deep.equal({ conditions });
      expect(after.metadata?.generation).to.equal(1);
    });

    it("leaves an object that is gone, has changed, or is another of its name, alone", async () => {
      const { name } = fresh("status-gone");
      const made = await client.create<Widget>(WIDGET, widget(name));
      await client.delete(WIDGET, { namespace: "default", name });
      expect(await applyStatus(client, WIDGET, made, { phase: "Up" }, manager)).to.equal(undefined);
      const another = await client.create<Widget>(WIDGET, widget(name));
      expect(isConflict(await failure(applyStatus(client, WIDGET, made, { phase: "Up" }, manager)))).to.equal(true);
      await applyStatus(client, WIDGET, another, { phase: "Up" }, manager);
      expect(isConflict(await failure(applyStatus(client, WIDGET, another, { phase: "Down" }, manager)))).to.equal(
        true,
      );
    });
  });

  describe("finalizers", () => {
    it("keep an object until they are removed, and never lose another's", async () => {
      const { name } = fresh("kept");
      const ref = { namespace: "default", name };
      const made = await client.create<Widget>(WIDGET, widget(name));
      const kept = await addFinalizer(client, WIDGET, made, "test.kecs.io/one");
      expect(await addFinalizer(client, WIDGET, kept, "test.kecs.io/one")).to.equal(kept);
      expect(isConflict(await failure(addFinalizer(client, WIDGET, made, "test.kecs.io/two")))).to.equal(true);
      await addFinalizer(client, WIDGET, kept, "test.kecs.io/two");
      await client.delete(WIDGET, ref);
      const deleting = await client.get<Widget>(WIDGET, ref);
      expect(isDeleting(deleting)).to.equal(true);
      await client.mergePatch<Widget>(WIDGET, ref, { metadata: { labels: { changed: "meanwhile" } } });
      expect(await removeFinalizer(client, WIDGET, deleting, "test.kecs.io/one")).to.equal(true);
      expect(isConflict(await failure(removeFinalizer(client, WIDGET, deleting, "test.kecs.io/two")))).to.equal(true);
      const last = await client.get<Widget>(WIDGET, ref);
      expect(last.metadata?.finalizers).to.deep.equal(["test.kecs.io/two"]);
      expect(await removeFinalizer(client, WIDGET, last, "test.kecs.io/two")).to.equal(true);
      expect(isNotFound(await failure(client.get(WIDGET, ref)))).to.equal(true);
      expect(await removeFinalizer(client, WIDGET, last, "test.kecs.io/two")).to.equal(false);
    });
  });

  describe("recorder", () => {
    async function eventsOf(name: string): Promise<Event[]> {
      return (await client.list<Event>(RESOURCE.events, { fieldSelector: `involvedObject.name=${name}` })).items;
    }

    it("counts what repeats instead of writing it anew", async () => {
      const made = await client.create<Widget>(WIDGET, widget(fresh("event").name));
      const recorder = createRecorder({ client, component: "test" });
      for (let at = 0; at < 3; at++) recorder.event(made, "Warning", "Broken", "It is broken.");
      await recorder.flush();
      recorder.event(made, "Warning", "Broken", "It is broken.");
      recorder.event(made, "Normal", "Mended", "It is mended.");
      await recorder.flush();
      const events = await eventsOf(made.metadata?.name ?? "");
      const told = events.map(({ type, reason, message, count }) => ({ type, reason, message, count }));
      expect(told).to.have.deep.members([
        { type: "Warning", reason: "Broken", message: "It is broken.", count: 4 },
        { type: "Normal", reason: "Mended", message: "It is mended.", count: 1 },
      ]);
      expect(events[0]?.involvedObject.uid).to.equal(made.metadata?.uid);
    });

    it("does not let one object fill the cluster", async () => {
      const made = await client.create<Widget>(WIDGET, widget(fresh("flapping").name));
      const recorder = createRecorder({ client, component: "test" });
      for (let at = 0; at < 100; at++) recorder.event(made, "Warning", "Flapping", `number ${at}`);
      await recorder.flush();
      expect(await eventsOf(made.metadata?.name ?? "")).to.have.length(25);
    });

    it("never fails its caller", async () => {
      const recorder = createRecorder({ client, component: "test" });
      recorder.event({ kind: "Widget", metadata: { namespace: "nowhere", name: "x" } }, "Normal", "Lost", "Lost.");
      recorder.event({}, "Normal", "Nothing", "Nothing.");
      await recorder.flush();
    });
  });
});
