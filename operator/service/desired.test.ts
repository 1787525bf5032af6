import { expect } from "chai";

import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import { desiredService } from "./desired.ts";
import type { ServiceState } from "./state.ts";
import { applied, digitsOf, identity, service, state, task, taskDefinition } from "./testing/fixtures.ts";

function deploymentOf(of: ServiceState) {
  const desired = desiredService(of, identity);
  if (!("deployment" in desired)) throw new Error(`no Deployment: ${JSON.stringify(desired)}`);
  return desired.deployment;
}

function reasonOf(of: ServiceState): string | undefined {
  const desired = desiredService(of, identity);
  return "problem" in desired ? desired.problem.reason : undefined;
}

const found = (revision: number) => ({
  found: {
    resource: taskDefinition(revision),
    revision,
    arn: `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`,
  },
});

describe("the Deployment of a service", () => {
  it("is named and placed as the service, owned by it, and selects by what never changes", () => {
    const { metadata, spec } = deploymentOf(state());
    expect(metadata).to.include({ name: "web", namespace: "team" });
    expect(metadata?.ownerReferences?.[0]).to.include({
      kind: "ECSService",
      name: "web",
      uid: "0a1b",
      controller: true,
    });
    expect(spec?.selector.matchLabels).to.deep.equal({
      "app.kubernetes.io/managed-by": "kecs",
      "kecs.io/service-object": "web",
    });
    expect(spec?.template.metadata?.labels).to.include({
      ...spec?.selector.matchLabels,
      "kecs.io/cluster": "shop",
      "kecs.io/service": "web",
      "kecs.io/task-family": "web",
      "kecs.io/task-revision": "1",
    });
    expect(spec?.template.spec?.restartPolicy).to.equal("Always");
    expect(spec?.replicas).to.equal(2);
  });

  const template = (of: ServiceState): unknown => deploymentOf(of).spec?.template;
  const still: [string, ECSServiceSpec][] = [
    ["tags", { tags: [{ key: "team", value: "shop" }] }],
    ["the number of tasks", { desiredCount: 7 }],
    ["the limits of a rollout", { deploymentConfiguration: { maximumPercent: 150 } }],
    ["execute-command", { enableExecuteCommand: true }],
  ];
  for (const [what, spec] of still) {
    it(`is not rolled out anew for ${what}`, () => {
      expect(template(state({ service: service(spec) }))).to.deep.equal(template(state()));
    });
  }

  const anew: [string, Partial<ServiceState>][] = [
    ["another revision", { taskDefinition: found(2) }],
    ["another launch type", { service: service({ launchType: "FARGATE" }) }],
    ["a forced deployment", { service: service({}, { annotations: { "kecs.io/forced-deployment": "2026-11-21" } }) }],
    [
      "a target group",
      { service: service({ loadBalancers: [{ loadBalancerName: "lb", containerName: "web", containerPort: 80 }] }) },
    ],
    [
      "another network",
      { service: service({ networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } } }) },
    ],
  ];
  for (const [what, change] of anew) {
    it(`is rolled out anew, under a new deployment id, for ${what}`, () => {
      expect(digitsOf(applied(state(change))))
        .to.match(/^\d{19}$/)
        .and.not.equal(digitsOf(applied(state())));
      expect(template(state(change))).not.to.deep.equal(template(state()));
    });
  }

  it("goes on as it began when Kubernetes learns to let single containers stay stopped, until the next deployment", () => {
    const learns = { surroundings: { containerRestartRules: true } };
    const of = (revision: number) => {
      const containers = ["web", "job"].map((name) => ({
        name,
        image: "nginx",
        memory: 64,
        essential: name === "web",
      }));
      const resource = taskDefinition(revision, { containerDefinitions: containers });
      return { taskDefinition: { found: { ...found(revision).found, resource } } };
    };
    const begun = applied(state(of(1)));
    expect(deploymentOf({ ...begun, ...learns })).to.deep.equal(deploymentOf(begun));
    const next = deploymentOf({ ...begun, ...learns, ...of(2) });
    expect(next.spec?.template.spec?.containers.map(({ restartPolicy }) => restartPolicy)).to.deep.equal([
      undefined,
      "Never",
    ]);
    const once = applied(state({ ...of(1), ...learns }));
    expect(deploymentOf({ ...once, surroundings: {} })).to.deep.equal(deploymentOf(once));
  });

  it("has other deployment ids for another service of the same content", () => {
    const other = applied(state({ service: service({}, { uid: "ffff" }) }));
    expect(digitsOf(other)).not.to.equal(digitsOf(applied(state())));
  });
});

describe("a service whose containers Kubernetes is to start again", () => {
  const resource = taskDefinition(1, {
    containerDefinitions: [{ name: "web", image: "nginx", memory: 64, restartPolicy: { enabled: true } }],
  });
  const of = { taskDefinition: { found: { ...found(1).found, resource } } };

  it("says so where this Kubernetes cannot", () => {
    const desired = desiredService(state(of), identity);
    expect("problem" in desired && desired.problem.message).to.contain("containerDefinitions[0].restartPolicy: ");
    expect(reasonOf(state({ ...of, surroundings: { containerRestartRules: true } }))).to.equal(undefined);
  });
});

describe("a service that cannot go on", () => {
  const cases: [string, Partial<ServiceState>][] = [
    ["ClusterNotFound", { clusterExists: false }],
    ["NameConflict", { elder: "other/web" }],
    ["InvalidTraffic", { traffic: { problem: { reason: "InvalidTraffic", message: "" } } }],
    ["Unsupported", { service: service({ monitoring: {} }) }],
    ["InvalidPlacement", { service: service({ placementStrategy: [{ type: "spread", field: "disk" }] }) }],
    [
      "Unsupported",
      { service: service({ placementConstraints: [{ type: "memberOf", expression: "runningTasksCount == 0" }] }) },
    ],
    [
      "TaskDefinitionInvalid",
      {
        taskDefinition: {
          found: {
            ...found(1).found,
            resource: taskDefinition(1, {
              placementConstraints: [{ type: "memberOf", expression: "attribute:a =~ b.*" }],
            }),
          },
        },
      },
    ],
    ["TaskDefinitionNotFound", { taskDefinition: { problem: { reason: "TaskDefinitionNotFound", message: "" } } }],
    [
      "TaskDefinitionInvalid",
      {
        taskDefinition: {
          found: {
            ...found(1).found,
            resource: taskDefinition(1, {
              containerDefinitions: [
                { name: "web", image: "nginx", memory: 64, firelensConfiguration: { type: "fluentbit" } },
              ],
            }),
          },
        },
      },
    ],
  ];
  for (const [reason, change] of cases) {
    it(`says ${reason}`, () => expect(reasonOf(state(change))).to.equal(reason));
  }

  it("names each member that is not offered", () => {
    const desired = desiredService(
      state({ service: service({ monitoring: {}, deploymentConfiguration: { bakeTimeInMinutes: 1 } }) }),
      identity,
    );
    expect("problem" in desired && desired.problem.message)
      .to.include("monitoring")
      .and.include("deploymentConfiguration.bakeTimeInMinutes");
  });

  it("runs on its capacity provider's nodes, or waits for the choice among several", () => {
    const pool = { name: "spot", nodeSelector: { pool: "spot" }, tolerations: [], keepsNodes: true };
    const one = deploymentOf(state({ capacity: { pool, capacityProvider: "spot" } })).spec?.template;
    expect(one?.spec?.nodeSelector).to.deep.equal({ pool: "spot" });
    expect(one?.metadata?.labels).to.include({ "kecs.io/capacity-provider": "spot" });
    expect(one?.metadata?.annotations).to.include({ "karpenter.sh/do-not-disrupt": "true" });
    const several = deploymentOf(state({ capacity: { undecided: true } })).spec?.template;
    expect(several?.spec?.schedulingGates).to.deep.equal([{ name: "kecs.io/capacity-provider" }]);
    expect(several?.metadata?.labels).to.not.have.property("kecs.io/capacity-provider");
    const problem = { reason: "CapacityProviderNotFound", message: "" };
    expect(reasonOf(state({ capacity: { problem } }))).to.equal("CapacityProviderNotFound");
  });

  it("has more Pods for a while when a node is drained", () => {
    const tasks = [task("a", "1"), task("b", "1")];
    expect(deploymentOf(state({ tasks, draining: new Set(["a"]) })).spec?.replicas).to.equal(3);
  });
});
