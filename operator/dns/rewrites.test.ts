import { expect } from "chai";
import type {
  ECSDiscoveryNamespace,
  ECSDiscoveryService,
} from "#model/generated/servicediscovery/resources.generated.ts";
import { service } from "../service/testing/fixtures.ts";
import { type DnsState, dnsRewrites } from "./rewrites.ts";

const zone = (name: string, type: "DNS_PRIVATE" | "HTTP" = "DNS_PRIVATE"): ECSDiscoveryNamespace => ({
  apiVersion: "ecs.kecs.io/v1alpha1",
  kind: "ECSDiscoveryNamespace",
  metadata: { name: `ns-${type}` },
  spec: { name, type },
});
const named = (id: string, name: string, namespace = "ns-DNS_PRIVATE"): ECSDiscoveryService => ({
  apiVersion: "ecs.kecs.io/v1alpha1",
  kind: "ECSDiscoveryService",
  metadata: { name: id },
  spec: { name, namespace },
});
const registered = (id: string, namespace = "team", creationTimestamp = "2026-01-01T00:00:00Z") =>
  service(
    { serviceRegistries: [{ registryArn: `arn:aws:servicediscovery:us-east-1:000000000000:service/${id}` }] },
    { namespace, creationTimestamp },
  );

describe("names for the cluster's DNS", () => {
  const state = (more: Partial<DnsState>): DnsState => ({
    namespaces: [zone("prod.test"), zone("hidden", "HTTP")],
    discoveryServices: [named("srv-b", "b"), named("srv-a", "A"), named("srv-h", "h", "ns-HTTP")],
    services: [registered("srv-a"), registered("srv-b"), registered("srv-h")],
    clusterDomain: "cluster.local",
    ...more,
  });

  it("are answered as those of the Services that stand for them, in order", () => {
    expect(dnsRewrites(state({}))).to.equal(
      "rewrite name exact a.prod.test. sd-a-prod-test.team.svc.cluster.local. answer auto\n" +
        "rewrite name exact b.prod.test. sd-b-prod-test.team.svc.cluster.local. answer auto\n",
    );
  });

  it("lead to where the oldest of several services lives, and nowhere without one", () => {
    const younger = registered("srv-a", "other", "2026-02-01T00:00:00Z");
    expect(dnsRewrites(state({ services: [younger, registered("srv-a")] }))).to.match(
      /^.* sd-a-prod-test\.team\..*\n$/,
    );
    expect(dnsRewrites(state({ services: [] }))).to.equal("");
    expect(dnsRewrites(state({ namespaces: [] }))).to.equal("");
  });

  it("are never more than a name", () => {
    expect(dnsRewrites(state({ namespaces: [zone("x. y\n}\n.:53 {")] }))).to.equal("");
  });
});
