import { expect } from "chai";
import { zoneRebalancingProblems } from "#lib/ecs/zone-rebalancing-rules.ts";
import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import { drainPlan } from "./node-drain.ts";
import { desiredService } from "./desired.ts";
import type { ServiceState, ServiceTask } from "./state.ts";
import { after, applied, identity, service, start, state, task } from "./testing/fixtures.ts";
import { heldForMs, inFullestZones, toRebalance, zoneNews } from "./zone-balance.ts";

const ENABLED = { availabilityZoneRebalancing: "ENABLED" as const, placementStrategy: [] };
const UNEVEN = "is not AZ balanced with 3 tasks in a and 1 in b. AZ Rebalancing in progress.";

/** Tasks named after their zones (`a1`, `a2`, `b1`), the youngest last. */
function given(
  ids: readonly string[],
  more: { wanted?: number; told?: string; now?: Date } & Partial<ServiceState> = {},
) {
  const { wanted = 4, told, now = start, ...others } = more;
  const events =
    told === undefined ? [] : [{ id: "e", createdAt: start.toISOString(), message: `(service web) ${told}` }];
  const tasks = ids.map((id, index) => task(id, "1", { createdAt: after(index).toISOString() }));
  const of = { ...service({ ...ENABLED, desiredCount: wanted }), status: { events } };
  const zones = { ofTask: new Map(ids.map((id) => [id, id.slice(0, 1)])), usable: ["a", "b"], asOf: now };
  return state({ service: of, tasks, zones, ...others });
}

describe("the task that makes place for one in another zone", () => {
  const uneven = ["a1", "b1", "a2", "a3"];

  it("is the youngest of the fullest zone", () => {
    expect(toRebalance(given(uneven))?.id).to.equal("a3");
    expect(drainPlan(given(uneven))).to.deep.equal({ surge: 1, stop: [] });
  });

  it("goes when another runs in its place", () => {
    const moved = given([...uneven, "b2"]);
    expect(toRebalance(moved)).to.equal(undefined);
    expect(drainPlan(moved)).to.deep.equal({ surge: 0, stop: [] });
    expect(inFullestZones(moved).map(({ id }) => id)).to.deep.equal(["a1", "a2", "a3"]);
  });

  const none: [string, ServiceState][] = [
    ["where the zones differ by one", given(["a1", "b1", "a2"], { wanted: 3 })],
    ["while not all tasks run", given(uneven, { wanted: 5 })],
    [
      "where there is no other zone",
      given(uneven, { zones: { ofTask: new Map([["a1", "a"]]), usable: ["a"], asOf: start } }),
    ],
    ["of a service that does not ask for it", { ...given(uneven), zones: undefined }],
    [
      "where no further task may run",
      given(uneven, {
        service: service({ ...ENABLED, desiredCount: 4, deploymentConfiguration: { maximumPercent: 110 } }),
      }),
    ],
    ["while a task waits for a node", waiting(given(uneven))],
  ];
  for (const [when, of] of none) {
    it(`is none ${when}`, () => {
      expect(toRebalance(of)).to.equal(undefined);
      expect(inFullestZones(of)).to.deep.equal([]);
    });
  }

  it("is none that is protected", () => {
    const of = given(uneven);
    const tasks = of.tasks.map((each) =>
      each.id === "a3" ? { ...each, protectedUntil: after(600).toISOString() } : each,
    );
    expect(toRebalance({ ...of, tasks })?.id).to.equal("a2");
  });

  it("is none for ten minutes after it did not help", () => {
    const at = (seconds: number, ids = uneven) => given(ids, { told: UNEVEN, now: after(seconds) });
    expect(toRebalance(at(5))?.id, "caches may lag").to.equal("a3");
    expect(toRebalance(at(60))).to.equal(undefined);
    expect(heldForMs(at(60))).to.equal(540_000);
    expect(toRebalance(at(601))?.id).to.equal("a3");
    expect(toRebalance(at(60, ["a1", "a2", "a3", "a4"]))?.id, "it is another unevenness").to.equal("a4");
    const surging = applied(at(60));
    const spec = { ...surging.deployment?.spec, replicas: 5 } as NonNullable<typeof surging.deployment>["spec"];
    expect(
      toRebalance({ ...surging, deployment: { ...surging.deployment, ...(spec && { spec }) } })?.id,
      "it is under way",
    ).to.equal("a3");
  });
});

describe("what a service says of its zones", () => {
  it("is in ECS's words, and said once", () => {
    expect(zoneNews(given(["a1", "b1", "a2", "a3"]))).to.equal(UNEVEN);
    expect(zoneNews(given(["a1", "b1", "a2", "a3"], { told: UNEVEN }))).to.equal(undefined);
    const three = given(["a1", "a2", "a3", "b1"], {
      zones: {
        ofTask: new Map([
          ["a1", "a"],
          ["a2", "a"],
          ["a3", "a"],
          ["b1", "b"],
        ]),
        usable: ["a", "b", "c"],
        asOf: start,
      },
    });
    expect(zoneNews(three)).to.equal(
      "is not AZ balanced with 3 tasks in a, 1 in b, and 0 in c. AZ Rebalancing in progress.",
    );
  });

  it("is that they are even once they are again, and just as many tasks run as are wanted", () => {
    expect(zoneNews(given(["a1", "b1", "a2", "b2"], { told: UNEVEN }))).to.equal(
      "is AZ balanced with 2 tasks in a and 2 tasks in b.",
    );
    expect(zoneNews(given(["a1", "b1", "a2", "a3", "b2"], { told: UNEVEN }))).to.equal(undefined);
    expect(zoneNews(given(["a1", "b1", "a2", "b2"]))).to.equal(undefined);
  });
});

describe("a service that is kept even over the zones", () => {
  it("has its Pods spread over them", () => {
    const desired = desiredService(state({ service: service(ENABLED) }), identity);
    const spread = "deployment" in desired && desired.deployment.spec?.template.spec?.topologySpreadConstraints;
    expect(spread).to.have.length(1);
    expect(spread).to.have.deep.nested.property("[0].topologyKey", "topology.kubernetes.io/zone");
  });

  const wrong: [string, ECSServiceSpec][] = [
    ["DAEMON", { schedulingStrategy: "DAEMON" }],
    ["deployment controller", { deploymentController: { type: "EXTERNAL" } }],
    ["maximumPercent", { deploymentConfiguration: { maximumPercent: 100 } }],
    [
      "placement constraints",
      { placementConstraints: [{ type: "memberOf", expression: "attribute:ecs.availability-zone == a" }] },
    ],
    ["first placement strategy", { placementStrategy: [{ type: "spread", field: "instanceId" }] }],
  ];
  for (const [what, spec] of wrong) {
    it(`cannot have this: ${what}`, () => {
      const [problem, ...others] = zoneRebalancingProblems({ ...ENABLED, ...spec });
      expect(problem).to.include(what);
      expect(others).to.deep.equal([]);
      expect(zoneRebalancingProblems(spec)).to.deep.equal([]);
    });
  }
});

function waiting(of: ServiceState): ServiceState {
  const pending: ServiceTask = { ...task("p", "1", { phase: "PENDING" }), unplaceable: "0/3 nodes are available" };
  return { ...of, tasks: [...of.tasks, pending] };
}
