import { expect } from "chai";
import * as fc from "fast-check";
import { OPERATIONS } from "./generated/operations.generated.ts";
import type { OperationName } from "./generated/types.generated.ts";
import { validateInput, withoutNulls } from "./validate.ts";

const container = { name: "web", image: "nginx", memory: 128 };
const definition = { family: "web", containerDefinitions: [container] };

/** Input, then the problem's path, kind and message. */
type Row = [
  name: string,
  operation: OperationName,
  input: unknown,
  path: string,
  kind: string,
  message: string | RegExp,
];

const rows: Row[] = [
  [
    "a missing member in ECS's words",
    "RegisterTaskDefinition",
    { ...definition, containerDefinitions: [container, { name: "b" }] },
    "containerDefinitions[1].image",
    "constraint",
    "Container.image should not be null or empty.",
  ],
  [
    "an empty member in ECS's words",
    "RegisterTaskDefinition",
    { ...definition, containerDefinitions: [{ ...container, image: "" }] },
    "containerDefinitions[0].image",
    "constraint",
    "Container.image should not be null or empty.",
  ],
  [
    "a null as absent",
    "RegisterTaskDefinition",
    { ...definition, family: null },
    "family",
    "constraint",
    "Family can not be blank.",
  ],
  [
    "no containers",
    "RegisterTaskDefinition",
    { ...definition, containerDefinitions: [] },
    "containerDefinitions",
    "constraint",
    "Container list cannot be empty.",
  ],
  [
    "a family with a dot",
    "RegisterTaskDefinition",
    { ...definition, family: "a.b" },
    "family",
    "constraint",
    "Family contains invalid characters.",
  ],
  [
    "a string for a number",
    "RegisterTaskDefinition",
    { ...definition, containerDefinitions: [{ ...container, memory: "128" }] },
    "containerDefinitions[0].memory",
    "type",
    "STRING_VALUE cannot be converted to Integer at 'containerDefinitions[0].memory'",
  ],
  [
    "a number for a string",
    "RegisterTaskDefinition",
    { ...definition, cpu: 256 },
    "cpu",
    "type",
    "NUMBER_VALUE cannot be converted to String at 'cpu'",
  ],
  [
    "a fraction for an integer",
    "CreateService",
    { serviceName: "web", desiredCount: 1.5 },
    "desiredCount",
    "type",
    /cannot be converted to Integer/,
  ],
  [
    "a number beyond 32 bits",
    "CreateService",
    { serviceName: "web", desiredCount: 2 ** 31 },
    "desiredCount",
    "type",
    /cannot be converted to Integer/,
  ],
  [
    "an object for a list",
    "DescribeTasks",
    { tasks: { a: 1 } },
    "tasks",
    "type",
    "START_OBJECT cannot be converted to List at 'tasks'",
  ],
  [
    "a null in a list",
    "DescribeTasks",
    { tasks: [null] },
    "tasks[0]",
    "type",
    "NULL_VALUE cannot be converted to String at 'tasks[0]'",
  ],
  [
    "a list for the input",
    "DescribeTasks",
    [],
    "",
    "type",
    "START_ARRAY cannot be converted to Structure of the request",
  ],
  [
    "an enum in the wrong case",
    "CreateService",
    { serviceName: "web", launchType: "ec2" },
    "launchType",
    "constraint",
    /^Value 'ec2' at 'launchType' failed to satisfy constraint: Member must satisfy enum value set: \[EC2, FARGATE/,
  ],
  [
    "too many tasks",
    "RunTask",
    { taskDefinition: "web", count: 11 },
    "count",
    "constraint",
    /less than or equal to 10/,
  ],
  [
    "a negative desiredCount",
    "UpdateService",
    { service: "web", desiredCount: -1 },
    "desiredCount",
    "constraint",
    /greater than or equal to 0/,
  ],
  ["no services", "DescribeServices", { services: [] }, "services", "constraint", "Services cannot be empty."],
  [
    "too many services",
    "DescribeServices",
    { services: Array.from({ length: 11 }, String) },
    "services",
    "constraint",
    "service names can have at most 10 items.",
  ],
  ["no task definition", "RunTask", {}, "taskDefinition", "constraint", "TaskDefinition can not be blank."],
  [
    "a cluster of that name",
    "ListTasks",
    { cluster: "a b" },
    "cluster",
    "constraint",
    "Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was a b",
  ],
  ["maxResults", "ListClusters", { maxResults: 101 }, "maxResults", "constraint", /less than or equal to 100/],
  [
    "a reserved tag",
    "TagResource",
    { resourceArn: "arn", tags: [{ key: "AWS:x", value: "1" }] },
    "tags[0].key",
    "constraint",
    /'aws:', which is reserved/,
  ],
  [
    "51 tags",
    "CreateCluster",
    { tags: Array.from({ length: 51 }, (_, n) => ({ key: String(n) })) },
    "tags",
    "constraint",
    /length less than or equal to 50/,
  ],
  [
    "a tag twice",
    "CreateCluster",
    { tags: [{ key: "a" }, { key: "b" }, { key: "a", value: "1" }] },
    "tags",
    "constraint",
    /must not have the same key twice/,
  ],
  [
    "a tag without key",
    "CreateCluster",
    { tags: [{ value: "1" }] },
    "tags[0].key",
    "constraint",
    /at 'tags\[0\]\.key' .* must not be null/,
  ],
  [
    "a port",
    "RegisterTaskDefinition",
    { ...definition, containerDefinitions: [{ ...container, portMappings: [{ containerPort: 70000 }] }] },
    "containerDefinitions[0].portMappings[0].containerPort",
    "constraint",
    /65535/,
  ],
];

describe("validateInput", () => {
  for (const [name, operation, input, path, kind, message] of rows) {
    it(`finds ${name}`, () => {
      const problems = validateInput(operation, input);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.include({ path, kind });
      if (typeof message === "string") expect(problems[0]?.message).to.equal(message);
      else expect(problems[0]?.message).to.match(message);
    });
  }

  it("accepts what ECS accepts", () => {
    expect(validateInput("RegisterTaskDefinition", definition)).to.deep.equal([]);
    expect(validateInput("ListClusters", {})).to.deep.equal([]);
    expect(
      validateInput("CreateCluster", { clusterName: "Prod_1-a", tags: [{ key: "é a", value: "" }] }),
    ).to.deep.equal([]);
    expect(
      validateInput("DescribeTasks", { cluster: "arn:aws:ecs:us-east-1:000000000000:cluster/a", tasks: ["x"] }),
    ).to.deep.equal([]);
  });

  it("leaves members of newer models alone, at any depth", () => {
    const input = { ...definition, newer: { a: [1] }, containerDefinitions: [{ ...container, newer: null }] };
    const before = structuredClone(input);
    expect(validateInput("RegisterTaskDefinition", input)).to.deep.equal([]);
    expect(input).to.deep.equal(before);
  });

  it("shortens values in messages", () => {
    const [problem] = validateInput("CreateService", { serviceName: "x".repeat(100_000) });
    expect(problem?.message.length).to.be.below(300);
  });

  it("has a schema for every operation", () => {
    for (const operation of Object.keys(OPERATIONS) as OperationName[]) {
      expect(validateInput(operation, 1), operation).to.have.length(1);
    }
  }).timeout(30_000);

  it("never throws and always names a problem as a sentence", () => {
    const operations = fc.constantFrom<OperationName>(
      "RegisterTaskDefinition",
      "CreateService",
      "RunTask",
      "CreateCluster",
      "TagResource",
    );
    const members = fc.constantFrom(
      "family",
      "containerDefinitions",
      "name",
      "image",
      "memory",
      "tags",
      "key",
      "serviceName",
      "count",
      "overrides",
      "networkConfiguration",
      "__proto__",
      "constructor",
      "deploymentConfiguration",
      "launchType",
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "xsmall", maxDepth: 4 },
        fc.jsonValue(),
        fc.array(tie("tree")),
        fc.dictionary(members, tie("tree")),
      ),
    }));
    fc.assert(
      fc.property(operations, fc.dictionary(members, tree), (operation, input) => {
        for (const problem of validateInput(operation, input)) expect(problem.message).to.match(/^[A-Z].* /);
      }),
      { numRuns: 200 },
    );
  }).timeout(30_000);

  it("survives deep nesting in members that the model does not know", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`) as unknown;
    expect(validateInput("ListClusters", { deep })).to.deep.equal([]);
  });
});

describe("withoutNulls", () => {
  it("drops null members of the model at any depth and keeps the rest", () => {
    const input = { family: "web", cpu: null, newer: null, containerDefinitions: [{ name: "a", image: null }] };
    const expected = { family: "web", newer: null, containerDefinitions: [{ name: "a" }] };
    expect(withoutNulls("RegisterTaskDefinitionRequest", input)).to.deep.equal(expected);
    expect(input.cpu).to.equal(null);
  });

  it("gives the same object where nothing is null", () => {
    expect(withoutNulls("RegisterTaskDefinitionRequest", definition)).to.equal(definition);
  });
});
