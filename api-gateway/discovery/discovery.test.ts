import { assert } from "chai";
import type { KubeClient } from "#lib/kube/client.ts";
import { EcsError } from "#lib/errors.ts";
import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";
import { discoveryApi } from "./dispatch.ts";
import { discoveryOperations } from "./operations/index.ts";
import { getOperation, operationId } from "./operations/get-operation.ts";
import { passes } from "./pages.ts";
import { describeDiscoveryService, describeNamespace, newId } from "./resources.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const { signal } = new AbortController();
const { apiVersion } = DISCOVERY_RESOURCES.ECSDiscoveryService;
const creationTimestamp = "2026-01-01T00:00:00Z";
/** Nothing here may reach Kubernetes. */
const deps = { kube: undefined as unknown as KubeClient, identity };

describe("Cloud Map", () => {
  it("shows a namespace and a service as AWS does", () => {
    const namespace = describeNamespace(
      {
        apiVersion,
        kind: "ECSDiscoveryNamespace",
        metadata: { name: "ns-1", creationTimestamp },
        spec: { name: "a.b" },
      },
      2,
      identity,
    );
    assert.include(namespace, {
      Id: "ns-1",
      Name: "a.b",
      Type: "DNS_PRIVATE",
      ServiceCount: 2,
      CreateDate: 1767225600,
    });
    assert.equal(namespace.Arn, "arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1");
    assert.deepEqual(namespace.Properties, {
      DnsProperties: { HostedZoneId: "Z1" },
      HttpProperties: { HttpName: "a.b" },
    });

    const metadata = { name: "srv-1", creationTimestamp };
    const spec = { name: "web", namespace: "ns-1", dnsRecords: [{ type: "A" as const, ttl: 5 }], failureThreshold: 1 };
    const service = describeDiscoveryService({ apiVersion, kind: "ECSDiscoveryService", metadata, spec }, 3, identity);
    assert.include(service, { Id: "srv-1", NamespaceId: "ns-1", InstanceCount: 3, Type: "DNS_HTTP" });
    assert.deepEqual(service.DnsConfig?.DnsRecords, [{ Type: "A", TTL: 5 }]);
    assert.deepEqual(service.HealthCheckCustomConfig, { FailureThreshold: 1 });
  });

  it("has ids of 16 letters and digits that never come twice", () => {
    const ids = new Set(Array.from({ length: 100 }, () => newId("srv")));
    assert.equal(ids.size, 100);
    for (const id of ids) assert.match(id, /^srv-[0-9a-f]{16}$/);
  });

  it("tells of an operation what its id says", async () => {
    const { Operation } = await getOperation({ OperationId: operationId("u", "srv-1") }, deps, signal);
    assert.deepInclude(Operation, { Type: "UPDATE_SERVICE", Status: "SUCCESS", Targets: { SERVICE: "srv-1" } });
  });

  it("filters by equality, by any of several and by a beginning", () => {
    assert.isTrue(passes("prod.test", undefined, ["prod.test"]));
    assert.isTrue(passes("b", "IN", ["a", "b"]));
    assert.isTrue(passes("prod.test", "BEGINS_WITH", ["prod"]));
    assert.isFalse(passes("prod.test", "EQ", ["prod"]));
  });

  const refused: [string, object, string, RegExp][] = [
    ["CreateService", { Name: "web" }, "InvalidInput", /NamespaceId/],
    ["CreateService", { NamespaceId: "ns-1" }, "InvalidInput", /Name/],
    ["CreateService", { Name: 1 }, "SerializationException", /Name/],
    ["CreatePrivateDnsNamespace", { Name: "a_b", Vpc: "v" }, "InvalidInput", /no name of a DNS zone/],
    [
      "CreatePrivateDnsNamespace",
      { Name: "a.b", Vpc: "v", Properties: { DnsProperties: { SOA: { TTL: 1 } } } },
      "InvalidInput",
      /Properties/,
    ],
    ["GetOperation", { OperationId: "other" }, "OperationNotFound", /other/],
    ["TagResource", { ResourceARN: "arn:aws:ecs:x", Tags: [] }, "ResourceNotFoundException", /arn:aws:ecs:x/],
  ];
  for (const [operation, input, code, message] of refused) {
    it(`${operation} refuses ${JSON.stringify(input)}`, async () => {
      const call = discoveryApi(discoveryOperations, deps).dispatch(operation, input, { requestId: "1", signal });
      const error = await call.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.instanceOf(error, EcsError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
    });
  }
});
