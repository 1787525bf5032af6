import { expect } from "chai";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { KubeClient } from "#lib/kube/client.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type KubeObject, RESOURCE, type Service } from "#lib/kube/resources.ts";
import type { ECSCluster, ECSService, ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { eventually } from "../support/wait.ts";
import { ControlPlane } from "./control-plane.ts";
import { installCrds, startOperator } from "./operator.ts";

const { apiVersion } = RESOURCES.ECSService;
const NAMESPACE = "ecs-shop";
const ROUTE = { namespace: NAMESPACE, name: "tg-web" };

interface HttpRoute extends KubeObject {
  spec: { parentRefs: object[]; hostnames: string[]; rules: object[] };
}

/** Of the Gateway API's HTTPRoute no more than it takes to be served. */
const HTTP_ROUTES = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "httproutes.gateway.networking.k8s.io",
    annotations: { "api-approved.kubernetes.io": "unapproved, a part for tests" },
  },
  spec: {
    group: "gateway.networking.k8s.io",
    scope: "Namespaced",
    names: { kind: "HTTPRoute", listKind: "HTTPRouteList", plural: "httproutes", singular: "httproute" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        },
      },
    ],
  },
};

describe("a target group behind a Gateway", function () {
  this.timeout(180_000);
  let plane: ControlPlane;
  let client: KubeClient;
  let operator: ChildProcess;

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
    await installCrds(client);
    operator = await startOperator(plane, client, {
      KECS_TARGET_GROUP_EXPOSURE: "Gateway",
      KECS_TARGET_GROUP_DOMAIN: "example.test",
      KECS_GATEWAY: "infra/main",
    });
  });
  after(async () => {
    const exited = once(operator, "exit");
    operator.kill("SIGTERM");
    await exited;
    client.close();
    await plane.stop();
  });

  const conditionOf = async (type: string) => {
    const { status } = await client.get<ECSService>(RESOURCES.ECSService, { namespace: NAMESPACE, name: "web" });
    return status?.conditions?.find((condition) => condition.type === type);
  };
  const routeOf = () => client.get<HttpRoute>(RESOURCE.httproutes, ROUTE);

  it("is Stalled without the Gateway API, and gets its route when that is installed", async () => {
    await client.create<ECSCluster>(RESOURCES.ECSCluster, {
      apiVersion,
      kind: "ECSCluster",
      metadata: { name: "shop" },
      spec: {},
    });
    await client.create<ECSTaskDefinition>(RESOURCES.ECSTaskDefinition, {
      apiVersion,
      kind: "ECSTaskDefinition",
      metadata: { name: "web.1" },
      spec: {
        family: "web",
        revision: 1,
        containerDefinitions: [{ name: "web", image: "nginx", memory: 64, portMappings: [{ containerPort: 80 }] }],
      },
    });
    await eventually("the namespace is there", () => client.get(RESOURCE.namespaces, { name: NAMESPACE }));
    const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";
    await client.create<ECSService>(RESOURCES.ECSService, {
      apiVersion,
      kind: "ECSService",
      metadata: { name: "web", namespace: NAMESPACE },
      spec: { taskDefinition: "web:1", loadBalancers: [{ targetGroupArn, containerName: "web", containerPort: 80 }] },
    });
    await eventually("it is told", async () => (await conditionOf("Stalled"))?.reason === "GatewayApiMissing");
    // The rest is done nevertheless.
    await client.get(RESOURCE.deployments, { namespace: NAMESPACE, name: "web" });
    await client.get(RESOURCE.services, ROUTE);

    await client.create(RESOURCE.customresourcedefinitions, HTTP_ROUTES);
    const { spec, metadata } = await eventually("the route is there", routeOf);
    expect(spec).to.deep.equal({
      parentRefs: [{ namespace: "infra", name: "main" }],
      hostnames: ["web.example.test"],
      rules: [{ backendRefs: [{ name: "tg-web", port: 80 }] }],
    });
    expect(metadata?.ownerReferences?.[0]).to.include({ kind: "ECSService", name: "web" });
    await eventually("it is no longer Stalled", async () => (await conditionOf("Stalled"))?.status === "False");
  });

  it("has no route when it is to be reached in another way", async () => {
    const annotations = { "kecs.io/target-group-exposure": "LoadBalancer" };
    await client.mergePatch(RESOURCES.ECSService, { namespace: NAMESPACE, name: "web" }, { metadata: { annotations } });
    await eventually("the Service has the type", async () => {
      const { spec } = await client.get<Service>(RESOURCE.services, ROUTE);
      return spec?.type === "LoadBalancer";
    });
    await eventually("the route is gone", () => routeOf().then(() => false, isNotFound));
  });
});
