import { expect } from "chai";
import type { ContainerDefinition, FirelensConfiguration } from "#model/generated/types.generated.ts";
import { firelensProblems, unsupportedFirelens } from "./firelens-rules.ts";
import { logRoutesAnnotation, logRoutesOf, withLogRouterFirst } from "./firelens.ts";
import type { Definition } from "./problem.ts";
import { unsupportedMembers } from "./supported.ts";

const router = (options?: Record<string, string>, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: "router",
  image: "fluent-bit",
  memory: 64,
  firelensConfiguration: { type: "fluentbit", ...(options && { options }) } satisfies FirelensConfiguration,
  ...more,
});
const app = (options?: Record<string, string>, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: "App",
  image: "nginx",
  memory: 64,
  logConfiguration: { logDriver: "awsfirelens", ...(options && { options }) },
  ...more,
});
const definition = (...containerDefinitions: ContainerDefinition[]): Definition => ({
  family: "f",
  containerDefinitions,
});
const messages = (of: Definition): string[] => firelensProblems(of).map(({ message }) => message);

describe("FireLens", () => {
  const file = (value: string): Record<string, string> => ({ "config-file-type": "file", "config-file-value": value });
  const s3 = (value: string): Record<string, string> => ({ "config-file-type": "s3", "config-file-value": value });

  const right: [string, Definition][] = [
    ["no FireLens", definition({ name: "a", image: "i" })],
    ["outputs in a file of the router", definition(router(file("/extra.conf")), app())],
    ["an output by options", definition(router(), app({ Name: "http", Host: "h", "log-driver-buffer-limit": "0" }))],
    ["a file from S3", definition(router(s3("arn:aws:s3:::conf/a/b.conf")), app({ "include-pattern": "x" }))],
    [
      "metadata switched off, and root",
      definition(router({ "enable-ecs-log-metadata": "False" }, { user: "0" }), app()),
    ],
  ];
  for (const [what, is] of right) {
    it(`takes ${what}`, () => {
      expect(messages(is)).to.deep.equal([]);
      expect(unsupportedMembers(is)).to.deep.equal([]);
    });
  }

  const NAME = "Log driver awsfirelens option";
  const wrong: [string, Definition, string][] = [
    ["two routers", definition(router(), router({}, { name: "b" }), app()), "A task definition can have only one"],
    ["a router for nobody", definition(router(), { name: "a", image: "i" }), "When a firelensConfiguration object is"],
    ["logs for no router", definition(app(), app({}, { name: "b" })), "When awsfirelens log driver is specified in"],
    [
      "a strange option",
      definition(router({ colour: "red" }), app()),
      "FireLens configuration disallows options: colour",
    ],
    ["no boolean", definition(router({ "enable-ecs-log-metadata": "no" }), app()), "invalid value no is specified"],
    [
      "a strange source",
      definition(router({ ...file("x"), "config-file-type": "http" }), app()),
      "invalid value http is",
    ],
    ["a source without a place", definition(router({ "config-file-type": "s3" }), app()), "option config-file-type is"],
    [
      "a place without a source",
      definition(router({ "config-file-value": "/x" }), app()),
      "option config-file-value is",
    ],
    ["a place with a line break", definition(router(file("/x\n[OUTPUT]")), app()), "invalid value /x"],
    ["what is no ARN", definition(router(s3("s3://conf/a.conf")), app()), "Invalid arn syntax."],
    [
      "S3 on Fargate",
      { ...definition(router(s3("arn:aws:s3:::conf/a")), app()), requiresCompatibilities: ["FARGATE"] },
      "Fargate only supports the config-file-type 'file'.",
    ],
    ["options of no output", definition(router(), app({ Host: "h" })), "missing output key Name which is required for"],
    [
      "a secret option of no output",
      definition(
        router(),
        app({}, { logConfiguration: { logDriver: "awsfirelens", secretOptions: [{ name: "key", valueFrom: "/k" }] } }),
      ),
      "missing output key Name",
    ],
    [
      "another router's output",
      definition(router({}, { firelensConfiguration: { type: "fluentd" } }), app({ Name: "http" })),
      "missing output key @type which is required for firelens configuration of type fluentd",
    ],
    ["an option with a line break", definition(router(), app({ Name: "http\n[INPUT]" })), `${NAME} 'Name' should not`],
    [
      "a buffer without a number",
      definition(router(), app({ "log-driver-buffer-limit": "536870912" })),
      `${NAME} 'log-driver-buffer-limit' should be a number from 0 to 536870911.`,
    ],
  ];
  for (const [what, is, message] of wrong) {
    it(`refuses ${what}`, () => {
      const found = messages(is);
      expect(found).to.have.length(1);
      expect(found[0]!.slice(0, message.length)).to.equal(message);
    });
  }

  it("refuses by name what it does on ECS and not here", () => {
    const onHost: Definition = { ...definition(router(), app()), networkMode: "host" };
    expect(unsupportedFirelens(onHost)[0]).to.have.property("path", "containerDefinitions[0].firelensConfiguration");
    const secretOptions = [{ name: "a", valueFrom: "/a" }];
    const other = { name: "a", image: "i", logConfiguration: { logDriver: "json-file" as const, secretOptions } };
    expect(unsupportedFirelens(definition(other))).to.have.length(1);
  });

  it("lets those who log to the router start after it, once", () => {
    const start = [{ containerName: "router", condition: "START" }];
    const healthy = app({}, { name: "b", dependsOn: [{ containerName: "router", condition: "HEALTHY" }] });
    const containers = [app(), healthy, router(), { name: "quiet", image: "i" }];
    const [first, ...others] = withLogRouterFirst(containers);
    expect(first).to.deep.equal({ ...app(), dependsOn: start });
    expect(others).to.deep.equal(containers.slice(1));
    const waiting = router({}, { dependsOn: [{ containerName: "App", condition: "START" }] });
    expect(withLogRouterFirst([app(), waiting])).to.deep.equal([app(), waiting]);
  });

  it("refuses a task whose essential containers are all waited for, the router's order included", () => {
    const containers = [router(), app({}, { essential: false })];
    expect(unsupportedMembers(definition(...containers))).to.have.length(1);
  });

  it("tells on the Pod whose output the router gets", () => {
    const annotation = logRoutesAnnotation([router(), app(), { name: "quiet" }], "FARGATE") ?? "";
    const { containers, metadata, instance } = logRoutesOf({ "kecs.io/log-routes": annotation });
    expect([...containers.values()]).to.deep.equal(["App"]);
    expect([...containers.keys()][0]).to.match(/^app-[0-9a-f]{8}$/);
    expect([metadata, instance]).to.deep.equal([true, false]);
    for (const text of ["", "[1]", "null", '{"containers":null}', '{"containers":{"a":7}}']) {
      expect([...logRoutesOf({ "kecs.io/log-routes": text }).containers]).to.deep.equal([]);
    }
  });
});
