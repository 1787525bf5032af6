import { expect } from "chai";
import * as fc from "fast-check";

import type { Lifecycle } from "#lib/ecs/lifecycle.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { LoadBalancer } from "#model/generated/types.generated.ts";
import { service, start, taskDefinition } from "../service/testing/fixtures.ts";
import { desiredTraffic } from "./desired.ts";
import { directed, type Shift } from "./direct.ts";
import { chosenPods, nearestShares, shareOut } from "./shares.ts";
import type { TrafficPlan, TrafficState } from "./state.ts";
import { withProduction } from "./targets.ts";

const BLUE = "1000000000000000001";
const GREEN = "2000000000000000002";
const group = (name: string): string =>
  `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}/0123456789abcdef`;
const loadBalancer = (containerPort = 80, name = "web"): LoadBalancer => ({
  targetGroupArn: group(name),
  containerName: "web",
  containerPort,
  advancedConfiguration: { alternateTargetGroupArn: group(`${name}-test`) },
});

function plan(loadBalancers: LoadBalancer[], more: Partial<TrafficState["settings"]> = {}): TrafficPlan {
  const of = service({ loadBalancers, deploymentConfiguration: { strategy: "BLUE_GREEN" } });
  const portMappings = [80, 8080].map((containerPort) => ({ containerPort }));
  const traffic = desiredTraffic({
    service: of,
    definition: taskDefinition(1, { containerDefinitions: [{ name: "web", image: "nginx", portMappings }] }).spec,
    settings: { deregistrationDelaySeconds: 10, exposure: "ClusterIP", ...more },
    registries: [],
    sharers: new Map([["tg-web", [of]]]),
    podPortNames: [],
    peers: [],
  });
  if ("problem" in traffic) throw new Error(traffic.problem.message);
  return traffic;
}

function rollout(more: Partial<Lifecycle> = {}, status: Rollout["status"] = "IN_PROGRESS"): Shift["rollout"] {
  return {
    id: "x",
    asked: GREEN,
    deployment: GREEN,
    revision: "8",
    taskDefinition: "web:2",
    status,
    createdAt: start.toISOString(),
    failures: 0,
    lifecycle: {
      strategy: "BLUE_GREEN",
      stage: "POST_TEST_TRAFFIC_SHIFT",
      since: start.toISOString(),
      source: BLUE,
      production: 0,
      test: 0,
      ...more,
    },
  };
}

const selectorsOf = ({ services }: TrafficPlan): Record<string, unknown> =>
  Object.fromEntries(
    services.map(({ metadata, spec }) => {
      const { "app.kubernetes.io/managed-by": _ours, ...selector } = spec?.selector ?? {};
      return [metadata?.name, selector];
    }),
  );
const behind = { "traffic.kecs.io/tg-web": "true" };

describe("traffic that is shifted", () => {
  const before = plan([loadBalancer()]);
  const selected = (more: Partial<Lifecycle>, status?: Rollout["status"]): Record<string, unknown> =>
    selectorsOf(directed(plan([loadBalancer()]), { rollout: rollout(more, status), before }));

  it("has a Service for production and one for tests, of the same Pods where nothing is shifted", () => {
    expect(selectorsOf(before)).to.deep.equal({ "tg-web": behind, "tg-web-test": behind });
  });

  it("is the revision's that ran before, until tests and then production are shifted", () => {
    const of = (digits: string): object => ({ ...behind, "kecs.io/deployment": digits });
    expect(selected({})).to.deep.equal({ "tg-web": of(BLUE), "tg-web-test": of(BLUE) });
    expect(selected({ test: 100 })).to.deep.equal({ "tg-web": of(BLUE), "tg-web-test": of(GREEN) });
    expect(selected({ test: 100, production: 100 })).to.deep.equal({ "tg-web": of(GREEN), "tg-web-test": of(GREEN) });
    expect(selected({}, "ROLLBACK_SUCCESSFUL")).to.deep.equal({ "tg-web": of(BLUE), "tg-web-test": of(BLUE) });
  });

  it("goes to Pods that were chosen for their share between two steps", () => {
    const { "tg-web": production } = selected({ production: 30, test: 100 });
    expect(production).to.deep.equal({ ...behind, "kecs.io/traffic-share": "x" });
  });

  it("comes as the revision asks for whose it is", () => {
    const moved = plan([loadBalancer(8080), loadBalancer(80, "new")]);
    const both = plan([loadBalancer(), loadBalancer(80, "old")]);
    const shift = (production: number): TrafficPlan =>
      directed(moved, { rollout: rollout({ production }), before: both });
    const portOf = ({ services }: TrafficPlan, name: string): unknown =>
      services.find(({ metadata }) => metadata?.name === name)?.spec?.ports?.[0]?.targetPort;
    expect(portOf(shift(0), "tg-web")).to.equal(80);
    expect(portOf(shift(0), "tg-web-test")).to.equal(8080);
    expect(portOf(shift(100), "tg-web")).to.equal(8080);
    expect(Object.keys(selectorsOf(shift(0)))).to.include.members(["tg-old", "tg-new"]);
    expect(Object.keys(selectorsOf(shift(100)))).to.not.include("tg-old");
  });

  it("is shared out exactly by an HTTPRoute, between two Services that are there before the first step", () => {
    const gateway = { exposure: "Gateway", gateway: "edge/public", domain: "example.test" } as const;
    const routed = plan([loadBalancer()], gateway);
    const weightsOf = (more: Partial<Lifecycle>, status?: Rollout["status"]): unknown[] => {
      const { routes, services } = directed(routed, {
        rollout: rollout({ strategy: "LINEAR", ...more }, status),
        before: routed,
      });
      const { object } = routes.find((each) => each.object.metadata?.name === "tg-web")!;
      const [rule] = (object as unknown as { spec: { rules: { backendRefs: { name: string; weight?: number }[] }[] } })
        .spec.rules;
      const digitsOf = (name: string): unknown =>
        services.find(({ metadata }) => metadata?.name === name)?.spec?.selector?.["kecs.io/deployment"];
      return rule!.backendRefs.map(({ name, weight }) => [digitsOf(name), weight]);
    };
    expect(weightsOf({ stage: "SCALE_UP" })).to.deep.equal([
      [BLUE, 1000],
      [GREEN, 0],
    ]);
    expect(weightsOf({ stage: "PRODUCTION_TRAFFIC_SHIFT", production: 0.1 })).to.deep.equal([
      [BLUE, 999],
      [GREEN, 1],
    ]);
    expect(weightsOf({ stage: "CLEAN_UP", production: 100 })).to.deep.equal([[GREEN, undefined]]);
    expect(weightsOf({ production: 0 }, "ROLLBACK_IN_PROGRESS")).to.deep.equal([[BLUE, undefined]]);
  });

  it("makes those targets to whom it goes", () => {
    const tasks = [{ deployment: BLUE }, { deployment: GREEN }];
    const digits = (production: number) =>
      withProduction(tasks, rollout({ production })).map(({ deployment }) => deployment);
    expect(digits(0)).to.deep.equal([BLUE]);
    expect(digits(50)).to.deep.equal([BLUE, GREEN]);
    expect(digits(100)).to.deep.equal([GREEN]);
    expect(withProduction(tasks, undefined)).to.equal(tasks);
  });
});

describe("a target group whose traffic is shifted", () => {
  const of = (name: string, loadBalancers: LoadBalancer[], strategy: "BLUE_GREEN" | "ROLLING") =>
    service({ loadBalancers, deploymentConfiguration: { strategy } }, { name, uid: name });
  const reasonOf = (elder: ReturnType<typeof of>, own: ReturnType<typeof of>, name: string): string | undefined => {
    const portMappings = [{ containerPort: 80 }];
    const traffic = desiredTraffic({
      service: own,
      definition: taskDefinition(1, { containerDefinitions: [{ name: "web", image: "nginx", portMappings }] }).spec,
      settings: { deregistrationDelaySeconds: 10, exposure: "ClusterIP" },
      registries: [],
      sharers: new Map([[name, [elder, own]]]),
      podPortNames: [],
      peers: [],
    });
    return "problem" in traffic ? traffic.problem.reason : undefined;
  };

  it("is one service's, and so is that of its tests", () => {
    const { advancedConfiguration: _advanced, ...plain } = loadBalancer();
    const shifting = of("elder", [loadBalancer()], "BLUE_GREEN");
    const rolling = of("own", [plain], "ROLLING");
    expect(reasonOf(shifting, rolling, "tg-web")).to.equal("TrafficShared");
    expect(reasonOf(rolling, shifting, "tg-web")).to.equal("TrafficShared");
    expect(reasonOf(shifting, shifting, "tg-web")).to.equal(undefined);
    expect(reasonOf(of("elder", [plain], "ROLLING"), rolling, "tg-web")).to.equal(undefined);
    const testing = of("own", [loadBalancer(80, "other")], "ROLLING");
    expect(reasonOf(of("elder", [loadBalancer(80, "other")], "ROLLING"), testing, "tg-other-test")).to.equal(
      "TrafficShared",
    );
  });
});

describe("the share of a Service's traffic", () => {
  it("is the nearest that the numbers of Pods allow", () => {
    expect(nearestShares({ source: 1, target: 1 }, 5)).to.deep.equal({ source: 1, target: 1 });
    expect(nearestShares({ source: 10, target: 10 }, 10)).to.deep.equal({ source: 9, target: 1 });
    expect(nearestShares({ source: 4, target: 4 }, 50)).to.deep.equal({ source: 4, target: 4 });
    expect(nearestShares({ source: 4, target: 4 }, 80)).to.deep.equal({ source: 1, target: 4 });
    expect(nearestShares({ source: 2, target: 0 }, 10)).to.deep.equal({ source: 2, target: 0 });
    expect(nearestShares({ source: 0, target: 3 }, 10)).to.deep.equal({ source: 0, target: 3 });
  });

  it("is never further away than that of any other numbers", () => {
    const count = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 999 }), (source, target, tenths) => {
        const distance = (s: number, t: number): number => Math.abs(t / (s + t) - tenths / 1000);
        const chosen = nearestShares({ source, target }, tenths / 10);
        for (let s = 1; s <= source; s += 1) {
          for (let t = 1; t <= target; t += 1) {
            expect(distance(chosen.source, chosen.target)).to.be.at.most(distance(s, t) + 1e-9);
          }
        }
      }),
    );
  });

  const pod = (name: string, deployment: string, share?: string): Pod => ({
    metadata: {
      name,
      labels: { "kecs.io/deployment": deployment, ...(share !== undefined && { "kecs.io/traffic-share": share }) },
    },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
  const namesOf = (pods: readonly Pod[], more: Partial<Lifecycle>): unknown =>
    chosenPods(pods, rollout(more))?.map(({ metadata }) => metadata?.name);

  it("stays with the Pods that have it, of this deployment", () => {
    const pods = [pod("b1", BLUE, "y"), pod("b2", BLUE, "x"), pod("g1", GREEN), pod("g2", GREEN, "x")];
    expect(namesOf(pods, { production: 34 })).to.deep.equal(["b2", "b1", "g2"]);
    expect(namesOf(pods, { production: 67 })).to.deep.equal(["b2", "g2", "g1"]);
  });

  describe("with a cache that lags behind", () => {
    /** The API server's Pods: four of either revision, of which these green ones are ready. */
    class Server {
      pods: Pod[] = [];
      constructor(...readyGreen: string[]) {
        const names = (letter: string): string[] => [1, 2, 3, 4].map((number) => `${letter}${number}`);
        this.pods = [...names("b").map((name) => pod(name, BLUE)), ...names("g").map((name) => pod(name, GREEN))];
        this.ready(...readyGreen);
      }
      ready(...green: string[]): void {
        this.pods = this.pods.map((each) => (each.metadata?.name?.startsWith("g") ? seenAs(each, green) : each));
      }
      /** A look with another sight of the Pods. */
      async look(seen: readonly Pod[]): Promise<void> {
        await shareOut(rollout({ production: 20 }), {
          seen,
          fresh: async () => this.pods,
          label: async ({ metadata: labelled }, value) => {
            this.pods = this.pods.map((each) =>
              each.metadata?.name === labelled?.name
                ? pod(
                    each.metadata?.name ?? "",
                    each.metadata?.labels?.["kecs.io/deployment"] ?? "",
                    value ?? undefined,
                  )
                : each,
            );
          },
        });
      }
      get labelled(): string {
        const chosen = this.pods.filter(({ metadata }) => metadata?.labels?.["kecs.io/traffic-share"] !== undefined);
        return chosen.map(({ metadata }) => metadata?.name).join(" ");
      }
    }
    const seenAs = (each: Pod, ready: readonly string[]): Pod =>
      ready.includes(each.metadata?.name ?? "") ? each : { ...each, status: {} };

    it("stays with one Pod while others become ready and the cache knows of no label", async () => {
      const server = new Server("g1", "g2", "g3", "g4");
      const cache = server.pods;
      for (const ready of [["g4"], ["g3", "g4"], ["g2", "g3", "g4"], ["g1", "g2", "g3", "g4"]]) {
        await server.look(cache.map((each) => (each.metadata?.name?.startsWith("g") ? seenAs(each, ready) : each)));
        expect(server.labelled).to.equal("b1 b2 b3 b4 g1");
      }
    });

    it("stays with the first that was ready", async () => {
      const server = new Server("g4");
      const cache = server.pods;
      await server.look(cache);
      expect(server.labelled).to.equal("b1 b2 b3 b4 g4");
      server.ready("g3", "g4");
      await server.look(cache.map((each) => (each.metadata?.name === "g3" ? pod("g3", GREEN) : each)));
      expect(server.labelled).to.equal("b1 b2 b3 b4 g4");
    });
  });

  it("is nobody's before the first step and after the last", () => {
    expect(namesOf([pod("b1", BLUE)], { production: 0 })).to.equal(undefined);
    expect(namesOf([pod("b1", BLUE)], { production: 100 })).to.equal(undefined);
  });
});
