import { expect } from "chai";
import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import { logDestinationsAnnotation, logDestinationsOf, logStreamName } from "./awslogs.ts";
import { awslogsProblems } from "./awslogs-rules.ts";

const REQUIRED = { "awslogs-group": "/ecs/shop", "awslogs-region": "us-east-1" };

const container = (options?: Record<string, string>, name = "Web"): ContainerDefinition => ({
  name,
  image: "nginx",
  logConfiguration: { logDriver: "awslogs", ...(options && { options }) },
});

describe("the log driver awslogs", () => {
  it("says on the Pod where the output of its containers goes", () => {
    const containers = [
      container({ ...REQUIRED, "awslogs-stream-prefix": "ecs" }),
      container(REQUIRED, "db"),
      { name: "quiet", image: "nginx" },
    ];
    const annotation = logDestinationsAnnotation(containers) ?? "";
    const destinations = logDestinationsOf({ "kecs.io/log-destinations": annotation });
    expect([...destinations.values()]).to.deep.equal([
      { group: "/ecs/shop", prefix: "ecs/Web" },
      { group: "/ecs/shop" },
    ]);
    expect([...destinations.keys()][1]).to.equal("db");
    expect(logDestinationsAnnotation([{ name: "quiet" }])).to.equal(undefined);
  });

  it("takes an annotation that it did not write for none", () => {
    for (const text of ["", "[1]", "null", '{"a":null}', '{"a":{"group":7}}']) {
      expect([...logDestinationsOf({ "kecs.io/log-destinations": text })]).to.deep.equal([]);
    }
  });

  it("names streams by prefix, container and task, or by the runtime's id", () => {
    const pod = { taskId: "t1", uid: "0-1-2", runtimeId: "abc" };
    expect(logStreamName({ group: "g", prefix: "ecs/Web" }, pod)).to.equal("ecs/Web/t1");
    expect(logStreamName({ group: "g", prefix: "ecs/Web" }, { ...pod, taskId: undefined })).to.equal("ecs/Web/012");
    expect(logStreamName({ group: "g" }, pod)).to.equal("abc");
  });

  const cases: [what: string, options: Record<string, string> | undefined, message: string | undefined][] = [
    ["no options", undefined, "Log driver awslogs requires options: awslogs-region, awslogs-group"],
    ["no group", { "awslogs-region": "r" }, "Log driver awslogs requires options: awslogs-group"],
    [
      "an empty group",
      { ...REQUIRED, "awslogs-group": "" },
      "Log driver awslogs option 'awslogs-group' should not be null or empty.",
    ],
    ["a strange option", { ...REQUIRED, log_key: "log" }, "Log driver awslogs disallows options: log_key"],
    [
      "awslogs-create-group false",
      { ...REQUIRED, "awslogs-create-group": "false" },
      "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
    ],
    ["all that ECS asks for", { ...REQUIRED, mode: "non-blocking", "max-buffer-size": "1m" }, undefined],
  ];
  for (const [what, options, message] of cases) {
    it(`with ${what} is ${message === undefined ? "accepted" : "refused"}`, () => {
      const problems = awslogsProblems({ family: "f", containerDefinitions: [container(options)] });
      expect(problems.map((problem) => problem.message)).to.deep.equal(message === undefined ? [] : [message]);
    });
  }

  it("needs a stream prefix on Fargate", () => {
    const definition = {
      family: "f",
      containerDefinitions: [container(REQUIRED)],
      requiresCompatibilities: ["FARGATE" as const],
    };
    expect(awslogsProblems(definition).map(({ message }) => message)).to.deep.equal([
      "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.",
    ]);
  });
});
