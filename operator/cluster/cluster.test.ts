import { expect } from "chai";

import type { Namespace } from "#lib/kube/resources.ts";
import type { ECSCluster } from "#model/generated/resources.generated.ts";
import { desiredNamespace } from "./desired.ts";
import type { ClusterState } from "./state.ts";
import { clusterStatus } from "./status.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const now = new Date("2026-11-21T10:00:00Z");

const cluster: ECSCluster = {
  apiVersion: "ecs.kecs.io/v1alpha1",
  kind: "ECSCluster",
  metadata: { name: "shop", uid: "c1", generation: 1 },
  spec: {},
};

function namespace(owner?: { kind: string; uid: string }, more: Namespace["metadata"] = {}): Namespace {
  const reference = owner && { apiVersion: "ecs.kecs.io/v1alpha1", name: "x", controller: true, ...owner };
  return { metadata: { name: "ecs-shop", ...more, ...(reference && { ownerReferences: [reference] }) } };
}

function state(more: Partial<ClusterState> = {}): ClusterState {
  return {
    cluster,
    clusterName: "shop",
    namespaceName: "ecs-shop",
    counts: {
      runningTasksCount: 2,
      pendingTasksCount: 1,
      activeServicesCount: 1,
      registeredContainerInstancesCount: 3,
    },
    ...more,
  };
}

const ours = namespace({ kind: "ECSCluster", uid: "c1" });
const ready = (of: ClusterState) => clusterStatus(of, identity, now).conditions?.find(({ type }) => type === "Ready");

describe("the namespace of a cluster", () => {
  it("is made where there is none, owned by the cluster", () => {
    const made = desiredNamespace(state());
    expect(made?.metadata?.labels).to.include({ "kecs.io/cluster": "shop" });
    expect(made?.metadata?.ownerReferences?.[0]).to.include({ kind: "ECSCluster", uid: "c1" });
    expect(desiredNamespace(state({ namespace: ours }))).to.deep.equal(made);
  });

  const untouched: [string, Partial<ClusterState>][] = [
    ["it is someone else's", { namespace: namespace() }],
    [
      "it is being deleted",
      { namespace: { metadata: { ...ours.metadata, deletionTimestamp: "2026-11-21T09:59:00Z" } } },
    ],
    ["an older cluster has the name", { elderByName: "elder" }],
    ["an older cluster has the namespace", { elderByNamespace: "elder" }],
    [
      "the cluster is being deleted",
      { cluster: { ...cluster, metadata: { ...cluster.metadata, deletionTimestamp: "x" } } },
    ],
  ];
  for (const [when, change] of untouched) {
    it(`is left alone when ${when}`, () => expect(desiredNamespace(state(change))).to.equal(undefined));
  }
});

describe("the status of a cluster", () => {
  it("is ACTIVE with its counts once the namespace is there, whoever made it", () => {
    for (const there of [ours, namespace()]) {
      const status = clusterStatus(state({ namespace: there }), identity, now);
      expect(status).to.include({
        clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/shop",
        status: "ACTIVE",
        namespace: "ecs-shop",
        runningTasksCount: 2,
        registeredContainerInstancesCount: 3,
        observedGeneration: 1,
      });
      expect(ready(state({ namespace: there }))?.status).to.equal("True");
    }
  });

  const waiting: [string, string, Partial<ClusterState>][] = [
    ["has not been made", "NamespaceMissing", {}],
    [
      "is being deleted",
      "NamespaceTerminating",
      { namespace: { metadata: { ...ours.metadata, deletionTimestamp: "2026-11-21T09:59:00Z" } } },
    ],
    [
      "is still that of a cluster deleted before",
      "NamespaceTerminating",
      { namespace: namespace({ kind: "ECSCluster", uid: "c0" }) },
    ],
  ];
  for (const [when, reason, change] of waiting) {
    it(`is PROVISIONING while the namespace ${when}`, () => {
      expect(clusterStatus(state(change), identity, now).status).to.equal("PROVISIONING");
      expect(ready(state(change))).to.include({ status: "False", reason });
    });
  }

  it("leaves name and ARN to the older cluster of the same name", () => {
    const status = clusterStatus(state({ elderByName: "elder" }), identity, now);
    expect(Object.keys(status).sort()).to.deep.equal(["conditions", "observedGeneration"]);
    expect(ready(state({ elderByName: "elder" }))?.reason).to.equal("NameConflict");
  });

  it("does not change while nothing else does", () => {
    const before = clusterStatus(state({ namespace: ours }), identity, now);
    const again = state({ namespace: ours, cluster: { ...cluster, status: before } });
    expect(clusterStatus(again, identity, new Date("2026-11-21T11:00:00Z"))).to.deep.equal(before);
  });
});

describe("a cluster's configuration", () => {
  const asked: [string, NonNullable<ECSCluster["spec"]["configuration"]>, string | undefined][] = [
    ["records where the containers log", { executeCommandConfiguration: { logging: "DEFAULT" } }, undefined],
    [
      "records to a log group",
      {
        executeCommandConfiguration: {
          logging: "OVERRIDE",
          logConfiguration: { cloudWatchLogGroupName: "/exec", cloudWatchEncryptionEnabled: false },
        },
      },
      undefined,
    ],
    ["has nowhere to record to", { executeCommandConfiguration: { logging: "OVERRIDE" } }, "InvalidConfiguration"],
    [
      "names a log group that is not used",
      { executeCommandConfiguration: { logging: "NONE", logConfiguration: { cloudWatchLogGroupName: "/exec" } } },
      "InvalidConfiguration",
    ],
    ["wants a KMS key for sessions", { executeCommandConfiguration: { kmsKeyId: "key" } }, "Unsupported"],
    ["wants a KMS key for volumes", { managedStorageConfiguration: { kmsKeyId: "key" } }, "Unsupported"],
    [
      "records to S3",
      {
        executeCommandConfiguration: {
          logging: "OVERRIDE",
          logConfiguration: { cloudWatchLogGroupName: "/exec", s3BucketName: "bucket" },
        },
      },
      "Unsupported",
    ],
  ];
  for (const [what, configuration, reason] of asked) {
    it(`is ${reason === undefined ? "taken" : `Stalled, ${reason},`} where it ${what}`, () => {
      const status = clusterStatus(
        state({ cluster: { ...cluster, spec: { configuration } }, namespace: ours }),
        identity,
        now,
      );
      const stalled = status.conditions?.find(({ type, status: value }) => type === "Stalled" && value === "True");
      expect(stalled?.reason).to.equal(reason);
    });
  }
});
