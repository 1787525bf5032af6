import { expect } from "chai";
import type { ContainerDefinition, FirelensConfiguration } from "#model/generated/types.generated.ts";
import type { Container } from "./kubernetes-types.ts";
import { containerRuns } from "../task/container-run.ts";
import { withOverrides } from "./overrides.ts";
import { podSpecOf } from "./pod-spec.ts";

const task = {
  region: "us-east-1",
  clusterName: "shop",
  clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/shop",
  taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:3",
  revision: 3,
};

const router = (configuration: Partial<FirelensConfiguration> = {}): ContainerDefinition => ({
  name: "log_router",
  image: "fluent-bit",
  memory: 100,
  firelensConfiguration: { type: "fluentbit", ...configuration },
});
const app = (options: Record<string, string>, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: "App",
  image: "nginx",
  memory: 64,
  logConfiguration: { logDriver: "awsfirelens", options, secretOptions: [{ name: "apikey", valueFrom: "/prod/key" }] },
  ...more,
});

function podOf(...containerDefinitions: ContainerDefinition[]) {
  const { metadata, spec } = podSpecOf({
    taskDefinition: { family: "web", containerDefinitions },
    task,
    restartPolicy: "Always",
  });
  const { "kecs.io/log-router-config": config = "", "kecs.io/log-routes": routes = "" } = metadata.annotations;
  return { spec, config, routes };
}

const variables = ({ env = [] }: Container): string[] => env.map(({ name }) => name);

describe("a log router", () => {
  const options = {
    Name: "datadog",
    Host: "logs.example",
    "include-pattern": "^[a-z][aeiou].*$",
    "exclude-pattern": "^#",
    "log-driver-buffer-limit": "4096",
  };

  it("starts before those who log to it, and ends a while after them", () => {
    const { spec } = podOf(app(options), router());
    const [first, ...others] = spec.initContainers ?? [];
    expect(others).to.deep.equal([]);
    expect(first).to.deep.include({
      image: "fluent-bit",
      restartPolicy: "Always",
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
    });
    expect(spec.containers.map(({ image }) => image)).to.deep.equal(["nginx"]);
    expect(spec.containers[0]).not.to.have.property("lifecycle");
  });

  it("counts as waited for when the task's state is told", () => {
    const definition = withOverrides({ family: "web", containerDefinitions: [app(options), router()] });
    const runs = containerRuns(definition, undefined).map(({ container, awaited }) => [container.name, awaited]);
    expect(runs).to.deep.equal([
      ["App", false],
      ["log_router", true],
    ]);
  });

  it("that waits for others is not waited for", () => {
    const waiting = { ...router(), dependsOn: [{ containerName: "App", condition: "START" as const }] };
    const { spec } = podOf(app(options), waiting);
    expect(spec.initContainers?.map(({ image }) => image)).to.deep.equal(["nginx"]);
  });

  it("of Fluent Bit is configured as ECS's agent does it", () => {
    const { config } = podOf(
      app(options),
      router({ options: { "config-file-type": "file", "config-file-value": "/extra.conf" } }),
    );
    expect(config).to.equal(`[INPUT]
    Name forward
    Listen 127.0.0.1
    Port 24224
    Mem_Buf_Limit 50MB

[INPUT]
    Name tcp
    Tag firelens-healthcheck
    Listen 127.0.0.1
    Port 8877

[FILTER]
    Name grep
    Match App-firelens*
    Regex log ^[a-z][aeiou].*$

[FILTER]
    Name grep
    Match App-firelens*
    Exclude log ^#

[FILTER]
    Name record_modifier
    Match *
    Record ecs_cluster shop
    Record ecs_task_definition web:3

@INCLUDE /extra.conf

[OUTPUT]
    Name null
    Match firelens-healthcheck

[OUTPUT]
    Name datadog
    Match App-firelens*
    Host logs.example
    apikey \${apikey_0}
`);
  });

  it("of Fluentd is configured as ECS's agent does it", () => {
    const { config, spec } = podOf(
      app({ "@type": "kinesis_firehose", region: "us-west-2", "exclude-pattern": "ok" }),
      router({ type: "fluentd", options: { "enable-ecs-log-metadata": "false" } }),
    );
    expect(config).to.equal(`<source>
    @type forward
    bind 127.0.0.1
    port 24224
</source>

<filter App-firelens**>
    @type grep
    <exclude>
        key log
        pattern ok
    </exclude>
</filter>

<match App-firelens**>
    @type kinesis_firehose
    region us-west-2
    apikey "#{ENV['apikey_0']}"
</match>
`);
    expect(spec.initContainers?.[0]?.volumeMounts).to.deep.include({
      name: "kecs-log-router",
      mountPath: "/fluentd/etc/fluent.conf",
      subPath: "fluent.conf",
      readOnly: true,
    });
  });

  it("says which records it wants, and whether they name the task", () => {
    expect(JSON.parse(podOf(app(options), router()).routes)).to.deep.include({ metadata: true, instance: true });
    const plain = router({ options: { "enable-ecs-log-metadata": "false" } });
    const { routes } = podOf(app({}, { name: "app" }), { name: "quiet", image: "i", memory: 8 }, plain);
    expect(JSON.parse(routes)).to.deep.equal({ containers: { app: "app" }, metadata: false, instance: false });
  });

  it("has secret options in its environment only, and the others where to find it", () => {
    const { spec, config } = podOf(app(options), router());
    const [routing] = spec.initContainers ?? [];
    expect(routing?.env).to.deep.include({
      name: "apikey_0",
      valueFrom: { secretKeyRef: { name: "ssm.prod.key", key: "value" } },
    });
    expect(config).not.to.include("ssm.prod.key");
    expect(variables(routing!)).not.to.include("FLUENT_HOST");
    expect(variables(spec.containers[0]!))
      .to.include.members(["FLUENT_HOST", "FLUENT_PORT"])
      .and.not.include("apikey_0");
  });

  it("mounts its configuration, an annotation of its Pod, and what ECS would take from S3", () => {
    const s3 = { "config-file-type": "s3", "config-file-value": "arn:aws:s3:::conf/prod/router.conf" };
    const { spec, config } = podOf(app(options), router({ options: s3 }));
    expect(config).to.include("\n@INCLUDE /fluent-bit/etc/external.conf\n");
    const fieldRef = { apiVersion: "v1", fieldPath: "metadata.annotations['kecs.io/log-router-config']" };
    expect(spec.volumes).to.deep.equal([
      { name: "kecs-log-router", downwardAPI: { items: [{ path: "fluent-bit.conf", fieldRef }] } },
      {
        name: "kecs-log-router-external",
        secret: { secretName: "s3.conf.prod.router", items: [{ key: "external.conf", path: "external.conf" }] },
      },
    ]);
    expect(spec.initContainers?.[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).to.deep.equal([
      "/fluent-bit/etc/fluent-bit.conf",
      "/fluent-bit/etc/external.conf",
    ]);
  });
});
