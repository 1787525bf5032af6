import { expect } from "chai";
import * as fc from "fast-check";
import type { ServiceConnectConfiguration } from "#model/generated/types.generated.ts";
import { unsupportedServiceMembers } from "../supported-service.ts";
import { discoveryId } from "./discovery.ts";
import { dnsServiceName, isDnsName, parseTargetGroup, registryServiceName, targetGroupServiceName } from "./names.ts";
import { type TrafficMembers, trafficProblems } from "./rules.ts";
import { connectDeployment, connectEndpoints } from "./service-connect.ts";

const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";
const registryArn = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1";
const containers = [
  {
    name: "web",
    image: "nginx",
    portMappings: [
      { containerPort: 80, name: "http", appProtocol: "http" as const },
      { containerPort: 53, name: "dns", protocol: "udp" as const },
    ],
  },
];
const identity = { region: "us-east-1", accountId: "000000000000" };

describe("names of what brings traffic", () => {
  const names: [string, string][] = [
    ["api", "api"],
    ["api.internal", "api-internal"],
    ["a_b", `a-b-`],
    ["9to5", "x-9to5-"],
  ];
  for (const [dnsName, name] of names) {
    it(`${dnsName} is ${name}`, () => {
      expect(dnsServiceName(dnsName)).to.match(new RegExp(`^${name}${name.endsWith("-") ? "[0-9a-f]{8}" : ""}$`));
    });
  }

  it("are names of Services whatever they stand for", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,80}$/), (text) => {
        for (const name of [
          dnsServiceName(text),
          registryServiceName(text),
          targetGroupServiceName({ loadBalancerName: text }),
        ]) {
          expect(name).to.match(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
        }
      }),
    );
  });

  it("are the target group's without its id", () => {
    expect(parseTargetGroup(targetGroupArn)).to.deep.equal({ name: "web", id: "0123456789abcdef" });
    expect(parseTargetGroup("arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/web/0")).to.equal(
      undefined,
    );
    expect(targetGroupServiceName({ targetGroupArn })).to.equal("tg-web");
    expect(targetGroupServiceName({ loadBalancerName: "classic" })).to.equal("lb-classic");
  });

  it("are ids in ARNs of Cloud Map", () => {
    expect(discoveryId("service", registryArn)).to.equal("srv-1");
    expect(discoveryId("namespace", registryArn)).to.equal(undefined);
  });

  it("can be asked for in DNS or not", () => {
    expect(["api", "Api.Internal", "a.b-c.d"].every(isDnsName)).to.equal(true);
    expect(["", ".a", "a..b", "a_b", "-a", "a\nb", "a b"].some(isDnsName)).to.equal(false);
  });
});

describe("how a service asks for traffic", () => {
  const connect = (more: Partial<ServiceConnectConfiguration>): TrafficMembers => ({
    serviceConnectConfiguration: { enabled: true, ...more },
  });
  const loadBalancer = { targetGroupArn, containerName: "web", containerPort: 80 };
  const right: [string, TrafficMembers][] = [
    ["nothing", {}],
    ["a target group", { loadBalancers: [loadBalancer], healthCheckGracePeriodSeconds: 5 }],
    ["a registry", { serviceRegistries: [{ registryArn }] }],
    ["a registry with a port", { serviceRegistries: [{ registryArn, containerName: "web", containerPort: 80 }] }],
    ["Service Connect", connect({ services: [{ portName: "http" }] })],
    ["Service Connect that is off", { serviceConnectConfiguration: { enabled: false, services: [{ portName: "x" }] } }],
  ];
  for (const [what, members] of right) {
    it(`may be with ${what}`, () =>
      expect(trafficProblems(members, { containerDefinitions: containers })).to.deep.equal([]));
  }

  const wrong: [TrafficMembers, string][] = [
    [
      { loadBalancers: [{ ...loadBalancer, containerName: "x" }] },
      "The container x does not exist in the task definition.",
    ],
    [
      { loadBalancers: [{ ...loadBalancer, containerPort: 81 }] },
      "The container web did not have a container port 81 defined.",
    ],
    [
      { loadBalancers: [{ containerName: "web", containerPort: 80 }] },
      "You must specify either a loadBalancerName or a targetGroupArn.",
    ],
    [{ loadBalancers: [{ targetGroupArn, containerPort: 80 }] }, "Container Name can not be blank."],
    [{ loadBalancers: Array.from({ length: 6 }, () => loadBalancer) }, "loadBalancers can have at most 5 items."],
    [
      { serviceRegistries: [{ registryArn: "srv-1" }] },
      "Invalid identifier: srv-1 is not the ARN of a Cloud Map service.",
    ],
    [{ serviceRegistries: [{ registryArn }, { registryArn }] }, "serviceRegistries can have at most 1 items."],
    [
      { serviceRegistries: [{ registryArn, containerName: "web" }] },
      "A service registry must have a containerName and a containerPort, or neither.",
    ],
    [connect({ services: [{ portName: "x" }] }), "The portName x does not exist in the task definition."],
    [
      connect({ services: [{ portName: "http", clientAliases: [{ port: 1, dnsName: "a b" }] }] }),
      "Invalid dnsName in clientAliases: a b",
    ],
    [
      connect({ services: [{ portName: "http" }, { portName: "dns", discoveryName: "http" }] }),
      "The discoveryName http must be unique within the Service Connect configuration.",
    ],
    [
      { healthCheckGracePeriodSeconds: 5 },
      "Health check grace period is only valid for services configured to use load balancers",
    ],
  ];
  for (const [members, message] of wrong) {
    it(`is refused: ${message}`, () => {
      expect(trafficProblems(members, { containerDefinitions: containers })[0]).to.equal(message);
    });
  }

  it("does not go with the host's network and Service Connect", () => {
    expect(trafficProblems(connect({}), { networkMode: "host" })).to.have.length(1);
  });

  it("is refused by name for what a proxy would do", () => {
    const services = [{ portName: "http", ingressPortOverride: 1, timeout: { idleTimeoutSeconds: 1 } }];
    const logConfiguration = { logDriver: "awslogs" as const };
    const spec = connect({ services, logConfiguration });
    expect(unsupportedServiceMembers(spec).map(({ path }) => path)).to.have.members([
      "serviceConnectConfiguration.services[0].ingressPortOverride",
      "serviceConnectConfiguration.services[0].timeout",
    ]);
  });
});

describe("Service Connect", () => {
  const configuration = {
    enabled: true,
    services: [
      { portName: "http", discoveryName: "web", clientAliases: [{ port: 8080, dnsName: "Api" }] },
      { portName: "dns" },
      { portName: "missing" },
    ],
  };

  it("offers ports by their aliases, or by discovery name and namespace", () => {
    expect(connectEndpoints(configuration, "prod", containers)).to.deep.equal([
      { discoveryName: "web", dnsName: "api", port: 8080, containerPort: 80, protocol: "TCP", appProtocol: "http" },
      { discoveryName: "dns", dnsName: "dns.prod", port: 53, containerPort: 53, protocol: "UDP" },
    ]);
    expect(connectEndpoints({ ...configuration, enabled: false }, "prod", containers)).to.deep.equal([]);
  });

  it("is shown with a deployment, its namespace filled in", () => {
    const shown = connectDeployment(configuration, "prod", identity);
    expect(shown.serviceConnectConfiguration).to.deep.equal({ ...configuration, namespace: "prod" });
    expect(shown.serviceConnectResources?.[0]?.discoveryArn).to.match(/:service\/srv-[0-9a-f]{16}$/);
    expect(connectDeployment({ enabled: false }, "prod", identity)).to.deep.equal({});
  });
});
