import {
  type ContainerDefinition,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServicesCommand,
  ListServicesByNamespaceCommand,
  ListTasksCommand,
  type Service,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { Resolver } from "node:dns/promises";
import { type EcsFixture, ecsFixture, patience, refused } from "./support/ecs-fixture.ts";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { awsDiscovery, awsDiscoveryRaw, boto3 } from "./support/python-clients.ts";
import { eventually, uniqueName } from "./support/wait.ts";

/** A kubelet brings a ConfigMap to CoreDNS within a minute or so. */
const DNS_PATIENCE_MS = 170_000;
const GROUP = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup";

interface KubeService {
  metadata: { name: string; uid: string; ownerReferences?: { name: string; kind: string }[] };
  spec: { clusterIP: string; type: string; ports?: { port: number; targetPort: number }[] };
}
interface Pods {
  items: { metadata: { name: string; deletionTimestamp?: string }; status: { phase: string; podIP?: string } }[];
}

/** nginx on port 80 that says `word`. */
function web(word: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition {
  const command = `echo ${word} >/usr/share/nginx/html/index.html; exec nginx -g 'daemon off;'`;
  return {
    name: "web",
    image: "nginx",
    memory: 64,
    command: ["sh", "-c", command],
    portMappings: [{ containerPort: 80, name: "http", appProtocol: "http" }],
    ...more,
  };
}

describe("traffic to services", function () {
  this.timeout(300_000);
  let ecs: EcsFixture;
  let other: EcsFixture;
  let definition: string;
  /** Names with dots, and so DNS zones. */
  const zone = `${uniqueName("zone")}.test`;
  let namespaceId: string;

  before(async () => {
    ecs = await ecsFixture("traffic");
    other = await ecsFixture("traffic-other");
    definition = await ecs.register("web", [web("hello")]);
    const { OperationId } = await awsDiscovery<{ OperationId: string }>(
      "create-private-dns-namespace",
      "--name",
      zone,
      "--vpc",
      "vpc-1",
    );
    const { Operation } = await awsDiscovery<{ Operation: { Status: string; Targets: { NAMESPACE: string } } }>(
      "get-operation",
      "--operation-id",
      OperationId,
    );
    expect(Operation.Status).to.equal("SUCCESS");
    namespaceId = Operation.Targets.NAMESPACE;
  });
  after(async () => {
    await ecs.dispose();
    await other.dispose();
    const { Services } = await awsDiscovery<{ Services: { Id: string }[] }>(
      "list-services",
      "--filters",
      `Name=NAMESPACE_ID,Values=${namespaceId}`,
    );
    for (const { Id } of Services)
      await eventually("it is unused", async () => (await awsDiscoveryRaw("delete-service", "--id", Id)).code === 0);
    await awsDiscovery("delete-namespace", "--id", namespaceId);
  });

  const namespaceOf = ({ cluster }: EcsFixture): string => `ecs-${cluster}`;
  const create = async (
    serviceName: string,
    input: Partial<CreateServiceCommandInput> = {},
    of: EcsFixture = ecs,
  ): Promise<Service> => {
    const defaults = { cluster: of.cluster, serviceName, taskDefinition: definition, desiredCount: 1 };
    return (await of.client.send(new CreateServiceCommand({ ...defaults, ...input }))).service!;
  };
  const update = (service: string, input: Partial<UpdateServiceCommandInput>) =>
    ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, ...input }));
  const describeOne = async (service: string, of: EcsFixture = ecs): Promise<Service> => {
    const command = new DescribeServicesCommand({ cluster: of.cluster, services: [service] });
    return (await of.client.send(command)).services![0]!;
  };
  const stable = (service: string, of: EcsFixture = ecs) =>
    waitUntilServicesStable(patience(of.client), { cluster: of.cluster, services: [service] });
  const remove = (service: string) =>
    ecs.client.send(new DeleteServiceCommand({ cluster: ecs.cluster, service, force: true }));
  const kubeService = (name: string, of: EcsFixture = ecs) =>
    kubectlJson<KubeService>("--namespace", namespaceOf(of), "get", "service", name);
  const gone = (name: string) =>
    eventually(`the Service ${name} is gone`, async () => {
      const { code, stderr } = await kubectlRaw(["--namespace", namespaceOf(ecs), "get", "service", name]);
      return code !== 0 && stderr.includes("NotFound");
    });
  const eventsOf = async (service: string): Promise<string[]> =>
    ((await describeOne(service)).events ?? []).map(({ message = "" }) => message);
  const runningPods = async (service: string): Promise<Pods["items"]> => {
    const selector = `kecs.io/service=${service}`;
    const pods = await kubectlJson<Pods>("--namespace", namespaceOf(ecs), "get", "pods", "--selector", selector);
    return pods.items.filter(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === "Running");
  };
  const stalled = async (service: string): Promise<string> =>
    kubectl(
      "--namespace",
      namespaceOf(ecs),
      "get",
      "ecsservice",
      service,
      "--output",
      'jsonpath={.status.conditions[?(@.type=="Stalled")].reason}',
    );

  /** A service from whose container the others are called; gives what a shell there prints. */
  async function caller(name: string, input: Partial<CreateServiceCommandInput>, of: EcsFixture = ecs) {
    const idle = await ecs.register("caller", [
      { name: "main", image: "nginx", memory: 64, command: ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"] },
    ]);
    await create(name, { taskDefinition: idle, ...input }, of);
    await stable(name, of);
    return async (script: string): Promise<string> =>
      kubectl("--namespace", namespaceOf(of), "exec", `deployment/${name}`, "--", "sh", "-c", script);
  }

  describe("Cloud Map", () => {
    it("answers as AWS does, and keeps what it is told as resources", async () => {
      const again = await awsDiscoveryRaw("create-http-namespace", "--name", zone);
      expect(again.stderr).to.match(/\(NamespaceAlreadyExists\).* already exists\./);
      const { Namespace } = await awsDiscovery<{ Namespace: Record<string, unknown> }>(
        "get-namespace",
        "--id",
        namespaceId,
      );
      expect(Namespace).to.include({ Id: namespaceId, Name: zone, Type: "DNS_PRIVATE", ServiceCount: 0 });
      const resource = await kubectlJson<{ spec: object }>("get", "ecsdiscoverynamespace", namespaceId);
      expect(resource.spec).to.include({ name: zone, type: "DNS_PRIVATE" });

      const refusal = async (...args: string[]): Promise<string> =>
        (await awsDiscoveryRaw("create-service", "--name", "odd", ...args)).stderr;
      const cname = "DnsRecords=[{Type=CNAME,TTL=10}]";
      expect(await refusal("--namespace-id", namespaceId, "--dns-config", cname)).to.match(/\(InvalidInput\).*CNAME/);
      expect(await refusal("--namespace-id", "ns-missing")).to.match(/\(NamespaceNotFound\)/);
    });

    it("takes services from kubectl as well, with tags and filters", async () => {
      const name = uniqueName("srv");
      const spec = { name: "applied", namespace: namespaceId, dnsRecords: [{ type: "A", ttl: 5 }] };
      await kubectlApply({ apiVersion: "ecs.kecs.io/v1alpha1", kind: "ECSDiscoveryService", metadata: { name }, spec });
      const filter = `Name=NAMESPACE_ID,Values=${namespaceId}`;
      const { Services } = await awsDiscovery<{ Services: { Id: string; Arn: string; InstanceCount: number }[] }>(
        "list-services",
        "--filters",
        filter,
      );
      const [found] = Services.filter(({ Id }) => Id === name);
      expect(found).to.include({ Name: "applied", InstanceCount: 0, Type: "DNS_HTTP" });
      await awsDiscovery("tag-resource", "--resource-arn", found!.Arn, "--tags", "Key=team,Value=blue");
      await awsDiscovery("update-service", "--id", name, "--service", "Description=changed");
      const { Tags } = await awsDiscovery<{ Tags: object[] }>("list-tags-for-resource", "--resource-arn", found!.Arn);
      expect(Tags).to.deep.equal([{ Key: "team", Value: "blue" }]);
      const { Service: service } = await awsDiscovery<{ Service: object }>("get-service", "--id", name);
      expect(service).to.include({ Id: name, Description: "changed" });
      const inUse = await awsDiscoveryRaw("delete-namespace", "--id", namespaceId);
      expect(inUse.stderr).to.match(/\(ResourceInUse\)/);
      await awsDiscovery("delete-service", "--id", name);
      expect((await awsDiscoveryRaw("get-service", "--id", name)).stderr).to.match(/\(ServiceNotFound\)/);
    });
  });

  describe("by a registry", () => {
    let registryArn: string;
    let serviceId: string;

    it("is found by its DNS name, while its tasks run", async () => {
      const { Service: made } = await awsDiscovery<{ Service: { Arn: string; Id: string; DnsConfig: object } }>(
        "create-service",
        "--name",
        "shop",
        "--namespace-id",
        namespaceId,
        "--dns-config",
        "DnsRecords=[{Type=A,TTL=10},{Type=SRV,TTL=10}]",
        "--health-check-custom-config",
        "FailureThreshold=1",
      );
      registryArn = made.Arn;
      serviceId = made.Id;
      const serviceRegistries = [{ registryArn, containerName: "web", containerPort: 80 }];
      const service = await create("shop", { serviceRegistries, desiredCount: 2 });
      expect(service.serviceRegistries).to.deep.equal(serviceRegistries);
      await stable("shop");

      const dns = await kubectl(
        "--namespace",
        "kube-system",
        "get",
        "service",
        "kube-dns",
        "--output",
        "jsonpath={.spec.clusterIP}",
      );
      const resolver = new Resolver({ timeout: 2_000, tries: 2 });
      resolver.setServers([dns]);
      const addresses = (await runningPods("shop")).map(({ status }) => status.podIP);
      const found = await eventually(
        "the name has two addresses",
        async () => {
          const answer = await resolver.resolve4(`shop.${zone}`);
          return answer.length === 2 && answer;
        },
        DNS_PATIENCE_MS,
      );
      expect(found).to.have.members(addresses);
      const records = await resolver.resolveSrv(`shop.${zone}`);
      expect(records.map(({ port }) => port)).to.deep.equal([80, 80]);

      const call = await caller("shopper", {});
      expect(await call(`curl --silent --fail http://shop.${zone}/`)).to.equal("hello\n");
    });

    it("is what DiscoverInstances answers", async () => {
      const source = `
import boto3, json
from botocore.config import Config
client = boto3.client("servicediscovery", config=Config(inject_host_prefix=False))
print(json.dumps(client.discover_instances(NamespaceName="${zone}", ServiceName="shop")["Instances"]))`;
      const instances =
        await boto3<{ InstanceId: string; HealthStatus: string; Attributes: Record<string, string> }[]>(source);
      const { taskArns = [] } = await ecs.client.send(
        new ListTasksCommand({ cluster: ecs.cluster, serviceName: "shop" }),
      );
      expect(instances.map(({ InstanceId }) => InstanceId)).to.have.members(
        taskArns.map((arn) => arn.split("/").at(-1)),
      );
      for (const { HealthStatus, Attributes } of instances) {
        expect(HealthStatus).to.equal("HEALTHY");
        expect(Attributes).to.include({
          AWS_INSTANCE_PORT: "80",
          ECS_CLUSTER_NAME: ecs.cluster,
          ECS_SERVICE_NAME: "shop",
        });
      }
      const inUse = await awsDiscoveryRaw("delete-service", "--id", serviceId);
      expect(inUse.stderr).to.match(/\(ResourceInUse\)/);
    });

    it("has addresses alone where its registry has no port, and the port that it says", async () => {
      const { Service: plain } = await awsDiscovery<{ Service: { Arn: string } }>(
        "create-service",
        "--name",
        "plain",
        "--namespace-id",
        namespaceId,
        "--dns-config",
        "DnsRecords=[{Type=A,TTL=10}]",
      );
      await create("plain", { serviceRegistries: [{ registryArn: plain.Arn }], desiredCount: 0 });
      const name = `sd-plain-${zone.replace(".", "-")}`;
      const { spec } = await eventually("the Service is there", () => kubeService(name));
      expect(spec).to.include({ clusterIP: "None" }).and.not.to.have.property("ports");
      await update("plain", { serviceRegistries: [{ registryArn: plain.Arn, port: 8000 }] });
      await eventually("it has the port", async () => (await kubeService(name)).spec.ports?.[0]?.port === 8000);
      await update("plain", { serviceRegistries: [] });
      await gone(name);
    });

    it("is refused where there is none of that ARN", async () => {
      const missing = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-missing";
      const call = create("lost", { serviceRegistries: [{ registryArn: missing }] });
      await refused(call, "InvalidParameterException", `The service registry ${missing} was not found.`);
    });
  });

  describe("by Service Connect", () => {
    it("is reached by its alias from the namespace's clients, of other clusters too", async () => {
      const serviceConnectConfiguration = {
        enabled: true,
        namespace: zone,
        services: [{ portName: "http", discoveryName: "api", clientAliases: [{ port: 8080, dnsName: "api" }] }],
      };
      const service = await create("api", { serviceConnectConfiguration });
      const [deployment] = service.deployments!;
      expect(deployment?.serviceConnectConfiguration).to.deep.equal(serviceConnectConfiguration);
      expect(deployment?.serviceConnectResources?.map(({ discoveryName }) => discoveryName)).to.deep.equal(["api"]);
      const dotted = { ...serviceConnectConfiguration, services: [{ portName: "http", discoveryName: "dotted" }] };
      await create("dotted", { serviceConnectConfiguration: dotted });
      await stable("api");
      await stable("dotted");

      const client = { serviceConnectConfiguration: { enabled: true, namespace: zone } };
      const beside = await caller("beside", client);
      expect(await beside("curl --silent --fail http://api:8080/")).to.equal("hello\n");
      expect(await beside(`curl --silent --fail http://dotted.${zone}/`)).to.equal("hello\n");
      const elsewhere = await caller("elsewhere", client, other);
      expect(await elsewhere("curl --silent --fail http://api:8080/")).to.equal("hello\n");

      const { serviceArns, nextToken } = await ecs.client.send(
        new ListServicesByNamespaceCommand({ namespace: zone, maxResults: 3 }),
      );
      const rest = await ecs.client.send(new ListServicesByNamespaceCommand({ namespace: zone, nextToken }));
      const arnOf = (of: EcsFixture, name: string): string =>
        `arn:aws:ecs:us-east-1:000000000000:service/${of.cluster}/${name}`;
      expect([...serviceArns!, ...rest.serviceArns!]).to.deep.equal(
        [arnOf(ecs, "api"), arnOf(ecs, "beside"), arnOf(ecs, "dotted"), arnOf(other, "elsewhere")].sort(),
      );
    });

    it("is refused for what it cannot do, by name", async () => {
      const services = [{ portName: "missing" }];
      const configured = (more: object) => ({
        serviceConnectConfiguration: { enabled: true, namespace: zone, ...more },
      });
      const missing = create("refused", configured({ services }));
      await refused(
        missing,
        "InvalidParameterException",
        "The portName missing does not exist in the task definition.",
      );
      const timeout = create(
        "refused",
        configured({ services: [{ portName: "http", timeout: { idleTimeoutSeconds: 5 } }] }),
      );
      await refused(timeout, "UnsupportedFeatureException", /^serviceConnectConfiguration\.services\[0\]\.timeout: /);
      const nowhere = create("refused", { serviceConnectConfiguration: { enabled: true, namespace: "no-such" } });
      await refused(nowhere, "NamespaceNotFoundException", /no-such/);
    });
  });

  describe("by a target group", () => {
    const group = (name: string) => [
      { targetGroupArn: `${GROUP}/${name}/0123456789abcdef`, containerName: "web", containerPort: 80 },
    ];

    it("goes to ready tasks only, as the events tell", async () => {
      const healthCheck = {
        command: ["CMD-SHELL", "test -f /tmp/healthy"],
        interval: 5,
        retries: 10,
        startPeriod: 300,
      };
      const taskDefinition = await ecs.register("slow", [web("slow", { healthCheck })]);
      await create("slow", { taskDefinition, loadBalancers: group("slow") });
      const [pod] = await eventually("its Pod runs", async () => {
        const pods = await runningPods("slow");
        return pods.length === 1 && pods;
      });
      const call = await caller("impatient", {});
      expect(await call("curl --silent --max-time 3 http://tg-slow/ || echo refused")).to.equal("refused\n");
      await kubectl("--namespace", namespaceOf(ecs), "exec", pod!.metadata.name, "--", "touch", "/tmp/healthy");
      await eventually(
        "it gets traffic",
        async () => (await call("curl --silent --fail http://tg-slow/ || true")) === "slow\n",
      );
      const registered = `(service slow) registered 1 targets in (target-group ${group("slow")[0]!.targetGroupArn})`;
      await eventually("the event", async () => (await eventsOf("slow")).includes(registered));
    });

    it("loses no request while the service rolls over", async () => {
      // It listens on another port, which has the same name.
      const server = "server { listen 8080; root /usr/share/nginx/html; }";
      const command = `echo next >/usr/share/nginx/html/index.html; echo '${server}' >/etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'`;
      const portMappings = [{ containerPort: 8080, name: "http" }];
      const next = await ecs.register("web", [web("next", { command: ["sh", "-c", command], portMappings })]);
      await create("rolling", { desiredCount: 2, loadBalancers: group("rolling") });
      await stable("rolling");
      const call = await caller("steady", {});
      await eventually(
        "it answers",
        async () => (await call("curl --silent --fail http://tg-rolling/ || true")) === "hello\n",
      );
      const loop = `rm -f /tmp/stop /tmp/ended; : >/tmp/codes; i=0
while [ ! -f /tmp/stop ] && [ $i -lt 4000 ]; do i=$((i+1))
curl --silent --max-time 10 --output /tmp/body --write-out '%{http_code} ' http://tg-rolling/ >>/tmp/codes; cat /tmp/body >>/tmp/codes; done; touch /tmp/ended`;
      await call(`nohup sh -c "$(cat <<'END'\n${loop}\nEND\n)" >/dev/null 2>&1 &`);
      const loadBalancers = group("rolling").map((each) => ({ ...each, containerPort: 8080 }));
      await update("rolling", { taskDefinition: next, loadBalancers });
      await stable("rolling");
      const events = await eventually("the old tasks are drained", async () => {
        const all = await eventsOf("rolling");
        return all.filter((event) => event.includes("deregistered")).length > 0 && all;
      });
      await eventually("the new ones answer", async () => (await call("tail -n 1 /tmp/codes")) === "200 next\n");
      const counts = await call(
        "touch /tmp/stop; i=0; while [ ! -f /tmp/ended ] && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.2; done; sort /tmp/codes | uniq -c",
      );
      const codes = counts
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/ +/).slice(1).join(" "));
      expect(codes, counts).to.have.members(["200 hello", "200 next"]);
      expect(
        events.some((event) =>
          /^\(service rolling, taskSet ecs-svc\/\d+\) has begun draining connections on \d tasks\.$/.test(event),
        ),
        events.join("\n"),
      ).to.equal(true);
    });

    it("is refused for containers and ports that the task definition does not have", async () => {
      const [right] = group("wrong");
      const wrong = (more: object) => create("wrong", { loadBalancers: [{ ...right, ...more }] });
      await refused(
        wrong({ containerName: "other" }),
        "InvalidParameterException",
        "The container other does not exist in the task definition.",
      );
      await refused(
        wrong({ containerPort: 81 }),
        "InvalidParameterException",
        "The container web did not have a container port 81 defined.",
      );
      await refused(
        create("wrong", { healthCheckGracePeriodSeconds: 5 }),
        "InvalidParameterException",
        "Health check grace period is only valid for services configured to use load balancers",
      );
    });

    it("is shared by services, follows UpdateService, and ends with the last of them", async () => {
      await create("blue", { desiredCount: 0, loadBalancers: group("shared") });
      await create("green", { desiredCount: 0, loadBalancers: group("shared") });
      await eventually(
        "both own it",
        async () =>
          (await kubeService("tg-shared")).metadata.ownerReferences
            ?.map(({ name }) => name)
            .sort()
            .join() === "blue,green",
      );
      const { metadata } = await kubeService("tg-shared");
      await kubectl("--namespace", namespaceOf(ecs), "delete", "service", "tg-shared");
      await eventually("it comes back", async () => (await kubeService("tg-shared")).metadata.uid !== metadata.uid);
      await update("blue", { loadBalancers: [] });
      await eventually(
        "green has it alone",
        async () =>
          (await kubeService("tg-shared")).metadata.ownerReferences?.map(({ name }) => name).join() === "green",
      );
      await remove("green");
      await gone("tg-shared");
    });

    it("leaves another's Service of its name alone, and says so", async () => {
      const foreign = { name: "tg-taken", namespace: namespaceOf(ecs) };
      await kubectlApply({ apiVersion: "v1", kind: "Service", metadata: foreign, spec: { ports: [{ port: 1 }] } });
      await create("unlucky", { desiredCount: 0, loadBalancers: group("taken") });
      await eventually("it says so", async () => (await stalled("unlucky")) === "NotOwned");
      expect((await kubeService("tg-taken")).spec.ports?.[0]?.port).to.equal(1);
      await kubectl("--namespace", namespaceOf(ecs), "delete", "service", "tg-taken");
      await eventually(
        "it takes the name that is free now",
        async () => (await kubeService("tg-taken")).spec.ports?.[0]?.port === 80,
        90_000,
      );
    });

    it("asks for the Gateway API where that is missing, and for a host name where there is none", async () => {
      await create("routed", { desiredCount: 0, loadBalancers: group("routed") });
      await eventually("it is there", () => kubeService("tg-routed"));
      const annotate = (...notes: string[]) =>
        kubectl("--namespace", namespaceOf(ecs), "annotate", "--overwrite", "ecsservice", "routed", ...notes);
      await annotate("kecs.io/target-group-exposure=Ingress");
      await eventually("it wants a host", async () => (await stalled("routed")) === "InvalidExposure");
      await annotate("kecs.io/target-group-hostnames=shop.example.com");
      const rules = await eventually("the Ingress is there", () =>
        kubectl(
          "--namespace",
          namespaceOf(ecs),
          "get",
          "ingress",
          "tg-routed",
          "--output",
          "jsonpath={.spec.rules[0].host}",
        ),
      );
      expect(rules).to.equal("shop.example.com");
      await annotate("kecs.io/target-group-exposure=NodePort");
      await eventually(
        "it has a port of the node",
        async () => (await kubeService("tg-routed")).spec.type === "NodePort",
      );
      await eventually("the Ingress is gone", async () =>
        (await kubectlRaw(["--namespace", namespaceOf(ecs), "get", "ingress", "tg-routed"])).stderr.includes(
          "NotFound",
        ),
      );
    });
  });
});
