import { expect } from "chai";
import { createQueries } from "./queries.ts";
import { capacityProvider, cluster, Folder, service, task } from "./testing/fixtures.ts";
import type { ProjectedResource } from "./tables.ts";
import { testWriter } from "./testing/writer.ts";

describe("capacity providers in the database", () => {
  const folder = new Folder();
  after(() => folder.remove());

  async function filled() {
    const store = await folder.open();
    const writer = testWriter(store);
    const tell = async (type: "ADDED" | "DELETED", object: ProjectedResource): Promise<void> => {
      const { resourceVersion = "" } = object.metadata;
      const change = { kind: object.kind, type, source: "watch", object, resourceVersion, at: new Date() } as const;
      await writer.add([change], { resource: object.kind, resourceVersion });
      await writer.idle();
    };
    return { queries: createQueries(store), tell };
  }

  it("are found by name and by cluster, and INACTIVE after they have gone", async () => {
    const { queries, tell } = await filled();
    await tell("ADDED", capacityProvider("blue", 1, { spec: { name: "Blue", tags: [{ key: "k", value: "v" }] } }));
    await tell("ADDED", capacityProvider("mine", 2, { spec: { cluster: "shop" } }));
    await tell("ADDED", capacityProvider("old", 3));
    await tell("ADDED", cluster("shop", 4, { spec: { capacityProviders: ["Blue", "FARGATE"] } }));
    const all = { limit: 10 };
    expect(await queries.listCapacityProviders(undefined, all)).to.deep.equal(["Blue", "mine", "old"]);
    expect(await queries.listCapacityProviders("shop", all)).to.deep.equal(["Blue", "mine"]);
    expect(await queries.listCapacityProviders(undefined, { after: "Blue", limit: 1 })).to.deep.equal(["mine"]);
    expect(await queries.clustersOfCapacityProvider("Blue")).to.deep.equal(["shop"]);
    expect(await queries.tags("arn:aws:ecs:us-east-1:000000000000:capacity-provider/Blue")).to.have.length(1);

    await tell("DELETED", capacityProvider("old", 5));
    expect(await queries.listCapacityProviders(undefined, all)).to.not.include("old");
    expect((await queries.capacityProviders(["old"]))[0]?.doc.status).to.equal("INACTIVE");
    await tell("ADDED", capacityProvider("old", 6, { metadata: { uid: "another" } }));
    const [again, ...others] = await queries.capacityProviders(["old"]);
    expect([again?.doc.status, others.length]).to.deep.equal(["ACTIVE", 0]);
  });

  it("are in use while a service asks for them or a task runs on them", async () => {
    const { queries, tell } = await filled();
    const capacityProviderStrategy = [{ capacityProvider: "spot", weight: 1 }];
    await tell("ADDED", service("web", 11, { spec: { taskDefinition: "web:1", capacityProviderStrategy } }));
    expect(await queries.isCapacityProviderInUse("default", "spot")).to.equal(true);
    expect(await queries.isCapacityProviderInUse("default", "other")).to.equal(false);
    await tell("DELETED", service("web", 12, { spec: { taskDefinition: "web:1", capacityProviderStrategy } }));
    expect(await queries.isCapacityProviderInUse("default", "spot")).to.equal(false);
    await tell("ADDED", task("t1", 13, { spec: { taskDefinition: "web:1", capacityProviderStrategy } }));
    expect(await queries.isCapacityProviderInUse("default", "spot")).to.equal(true);
  });
});
