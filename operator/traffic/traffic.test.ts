import { expect } from "chai";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { desiredService } from "../service/desired.ts";
import { applied, identity, service, state as serviceState, taskDefinition } from "../service/testing/fixtures.ts";
import { desiredTraffic } from "./desired.ts";
import { withTraffic } from "./pod.ts";
import type { TrafficPlan, TrafficState } from "./state.ts";
import { targetsOf, trafficOfPod } from "./targets.ts";

const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";
const registryArn = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1";
const loadBalancers = [{ targetGroupArn, containerName: "web", containerPort: 80 }];
const portMappings = [{ containerPort: 80, name: "http", appProtocol: "http2" as const }];
const definition = taskDefinition(1, {
  containerDefinitions: [{ name: "web", image: "nginx", memory: 64, portMappings }],
}).spec;

function state(of: ECSService, more: Partial<TrafficState> = {}): TrafficState {
  return {
    service: of,
    definition,
    settings: { deregistrationDelaySeconds: 10, exposure: "ClusterIP" },
    registries: [],
    sharers: new Map([["tg-web", [of]]]),
    podPortNames: [],
    peers: [],
    ...more,
  };
}

function planOf(of: TrafficState): TrafficPlan {
  const traffic = desiredTraffic(of);
  if ("problem" in traffic) throw new Error(traffic.problem.message);
  return traffic;
}

function reasonOf(of: TrafficState): string | undefined {
  const traffic = desiredTraffic(of);
  return "problem" in traffic ? traffic.problem.reason : undefined;
}

const connected = service({
  serviceConnectConfiguration: {
    enabled: true,
    services: [{ portName: "http", clientAliases: [{ port: 8080, dnsName: "api" }] }],
  },
});

describe("what brings traffic to a service", () => {
  it("is nothing unless it asks for it", () => {
    expect(planOf(state(service()))).to.deep.equal({
      services: [],
      tests: new Map(),
      routes: [],
      labels: {},
      hosts: [],
      drainSeconds: 0,
    });
  });

  it("is a Service for its target group, owned by all that stand behind it", () => {
    const elder = service({ loadBalancers }, { name: "elder", uid: "1", creationTimestamp: "2026-01-01T00:00:00Z" });
    const own = service({ loadBalancers });
    const { services, labels, drainSeconds } = planOf(state(own, { sharers: new Map([["tg-web", [elder, own]]]) }));
    expect(services[0]?.metadata).to.deep.include({ name: "tg-web", namespace: "team" });
    expect(services[0]?.metadata?.ownerReferences?.map(({ uid, controller }) => [uid, controller])).to.deep.equal([
      ["1", undefined],
      ["0a1b", undefined],
    ]);
    expect(services[0]?.spec).to.deep.equal({
      type: "ClusterIP",
      selector: { "app.kubernetes.io/managed-by": "kecs", "traffic.kecs.io/tg-web": "true" },
      ports: [{ name: "target", port: 80, targetPort: 80, protocol: "TCP" }],
    });
    expect(labels).to.deep.equal({ "traffic.kecs.io/tg-web": "true" });
    expect(drainSeconds).to.equal(10);
  });

  it("finds the port by its name where all Pods have that, alone behind its Service", () => {
    const own = service({ loadBalancers });
    const targetOf = (...podPortNames: ReadonlySet<string>[]) =>
      planOf(state(own, { podPortNames })).services[0]?.spec?.ports?.[0]?.targetPort;
    expect(targetOf()).to.equal("http");
    expect(targetOf(new Set(["http"]), new Set(["http", "other"]))).to.equal("http");
    expect(targetOf(new Set(["http"]), new Set())).to.equal(80);
  });

  it("has the port and the delay that annotations say", () => {
    const annotations = { "kecs.io/target-group-port": "8080", "kecs.io/deregistration-delay": "60" };
    const own = service({ loadBalancers }, { annotations });
    const plan = planOf(state(own));
    expect(plan.services[0]?.spec?.ports?.[0]).to.include({ port: 8080, targetPort: "http" });
    expect(plan.drainSeconds).to.equal(60);
  });

  it("is a headless Service for its registry, with SRV records where it has a port", () => {
    const registry = { registryArn, containerName: "web", containerPort: 80 };
    const own = service({ serviceRegistries: [registry] });
    const found = { registry, dnsName: "web.prod.test" };
    const [made] = planOf(state(own, { registries: [found] })).services;
    expect(made?.metadata).to.deep.include({ name: "sd-web-prod-test" });
    expect(made?.metadata?.annotations).to.include({ "kecs.io/dns-name": "web.prod.test" });
    expect(made?.spec).to.deep.include({ clusterIP: "None" });
    expect(made?.spec?.ports?.map(({ name, port }) => [name, port])).to.deep.equal([["srv", 80]]);
    const [plain] = planOf(state(own, { registries: [{ ...found, registry: { registryArn } }] })).services;
    expect(plain?.spec?.ports).to.equal(undefined);
  });

  it("is a Service of its own for each name of Service Connect", () => {
    const [made] = planOf(state(connected, { namespace: "prod" })).services;
    expect(made?.metadata?.name).to.equal("api");
    expect(made?.metadata?.ownerReferences?.[0]).to.include({ uid: "0a1b", controller: true });
    expect(made?.spec?.ports).to.deep.equal([
      { name: "tcp-8080", port: 8080, targetPort: "http", protocol: "TCP", appProtocol: "kubernetes.io/h2c" },
    ]);
  });

  it("tells Pods the names that DNS does not have for them", () => {
    const client = service({ serviceConnectConfiguration: { enabled: true } });
    const peers = [
      { dnsName: "api", ip: "10.0.0.1", namespace: "team" },
      { dnsName: "api.prod", ip: "10.0.0.1", namespace: "team" },
      { dnsName: "db", ip: "10.0.0.2", namespace: "other" },
    ];
    expect(planOf(state(client, { namespace: "prod", peers })).hosts).to.deep.equal([
      { ip: "10.0.0.1", hostnames: ["api.prod"] },
      { ip: "10.0.0.2", hostnames: ["db"] },
    ]);
  });

  it("is an Ingress or an HTTPRoute where that is asked for", () => {
    const own = service({ loadBalancers });
    const settings = {
      deregistrationDelaySeconds: 0,
      domain: "example.test",
      ingressClass: "nginx",
      gateway: "infra/main/web",
    };
    const [ingress] = planOf(state(own, { settings: { ...settings, exposure: "Ingress" } })).routes;
    expect(ingress?.object).to.deep.include({ kind: "Ingress" });
    expect(ingress?.object).to.have.nested.property("spec.rules[0].host", "web.example.test");
    expect(ingress?.object).to.have.nested.property("spec.ingressClassName", "nginx");
    const [route] = planOf(state(own, { settings: { ...settings, exposure: "Gateway" } })).routes;
    expect(route?.object).to.have.deep.nested.property("spec.parentRefs", [
      { namespace: "infra", name: "main", sectionName: "web" },
    ]);
    expect(route?.object).to.have.deep.nested.property("spec.rules[0].backendRefs", [{ name: "tg-web", port: 80 }]);
    const balanced = planOf(state(own, { settings: { ...settings, exposure: "LoadBalancer" } }));
    expect(balanced.services[0]?.spec?.type).to.equal("LoadBalancer");
    expect(balanced.routes).to.deep.equal([]);
  });

  const own = service({ loadBalancers });
  const other = service(
    { loadBalancers: [{ targetGroupArn, containerName: "web", containerPort: 81 }] },
    { name: "other", uid: "1" },
  );
  const elsewhere = service({ serviceRegistries: [{ registryArn }] }, { uid: "2", namespace: "far" });
  const exposed = (exposure: string) =>
    service({ loadBalancers }, { annotations: { "kecs.io/target-group-exposure": exposure } });
  const problems: [string, TrafficState][] = [
    ["InvalidTraffic", state(service({ loadBalancers: [{ targetGroupArn, containerName: "x", containerPort: 1 }] }))],
    ["NamespaceNotFound", state(connected)],
    ["RegistryNotFound", state(own, { unresolved: { reason: "RegistryNotFound", message: "" } })],
    [
      "InvalidTraffic",
      state(
        service({
          serviceConnectConfiguration: {
            enabled: true,
            services: ["a.b", "a-b"].map((dnsName) => ({
              portName: "http",
              discoveryName: dnsName,
              clientAliases: [{ port: 80, dnsName }],
            })),
          },
        }),
        { namespace: "prod" },
      ),
    ],
    ["PortConflict", state(own, { sharers: new Map([["tg-web", [other, own]]]) })],
    [
      "RegistryElsewhere",
      state(service({ serviceRegistries: [{ registryArn }] }), { sharers: new Map([[registryArn, [elsewhere]]]) }),
    ],
    ["InvalidExposure", state(exposed("Tunnel"))],
    ["InvalidExposure", state(exposed("Gateway"))],
    ["InvalidExposure", state(exposed("Ingress"))],
  ];
  for (const [reason, of] of problems) {
    it(`is refused: ${reason}`, () => expect(reasonOf(of)).to.equal(reason));
  }
});

describe("a service's Pod", () => {
  const found = {
    resource: taskDefinition(1, { containerDefinitions: definition.containerDefinitions }),
    revision: 1,
    arn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1",
  };
  const withPlan = (traffic: TrafficPlan) => serviceState({ taskDefinition: { found }, traffic });
  const plan = planOf(state(service({ loadBalancers }), { peers: [] }));

  it("is labelled, drains before it stops, and knows names", () => {
    const hosts = [{ ip: "10.0.0.1", hostnames: ["api.prod"] }];
    const desired = desiredService(withPlan({ ...plan, hosts }), identity);
    const { metadata, spec } = "deployment" in desired ? desired.deployment.spec!.template : expect.fail();
    expect(metadata?.labels).to.include({ "traffic.kecs.io/tg-web": "true" });
    expect(spec?.containers[0]?.lifecycle).to.deep.equal({ preStop: { sleep: { seconds: 10 } } });
    expect(spec?.terminationGracePeriodSeconds).to.equal(40);
    expect(spec?.hostAliases).to.deep.equal(hosts);
  });

  it("keeps the names that its deployment began with", () => {
    const begun = applied(withPlan({ ...plan, hosts: [{ ip: "10.0.0.1", hostnames: ["api.prod"] }] }));
    const later = { ...begun, traffic: { ...plan, hosts: [{ ip: "10.0.0.9", hostnames: ["new.prod"] }] } };
    const desired = desiredService(later, identity);
    const { spec } = "deployment" in desired ? desired.deployment.spec!.template : expect.fail();
    expect(spec?.hostAliases).to.deep.equal([{ ip: "10.0.0.1", hostnames: ["api.prod"] }]);
  });

  it("is as it was where there is no traffic", () => {
    const pod = {
      metadata: { labels: {}, annotations: {} },
      spec: { containers: [], terminationGracePeriodSeconds: 30 },
    };
    const nothing = planOf(state(service()));
    expect(withTraffic(pod, nothing, undefined)).to.deep.equal(pod);
  });

  it("is a target while it is ready and not on its way out", () => {
    const labels = { "traffic.kecs.io/tg-web": "true", "kecs.io/service": "web" };
    const ready = { metadata: { labels }, status: { conditions: [{ type: "Ready", status: "True" }] } };
    expect(trafficOfPod(ready)).to.deep.equal(["tg-web"]);
    expect(trafficOfPod({ ...ready, metadata: { labels, deletionTimestamp: "2026-01-01T00:00:00Z" } })).to.deep.equal(
      [],
    );
    expect(trafficOfPod({ ...ready, status: {} })).to.deep.equal([]);
    const tasks = [{ id: "a", traffic: ["tg-web"] }, { id: "b" }];
    expect(targetsOf(service({ loadBalancers }), tasks)).to.deep.equal([{ targetGroup: targetGroupArn, tasks: ["a"] }]);
  });
});
