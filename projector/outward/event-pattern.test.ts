import { expect } from "chai";
import { compilePattern, PatternError } from "./event-pattern.ts";

const EVENT = {
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  resources: ["arn:aws:ecs:us-east-1:000000000000:task/shop/abc"],
  detail: {
    lastStatus: "STOPPED",
    clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/shop",
    version: 5,
    stoppedReason: null,
    containers: [
      { name: "app", exitCode: 137 },
      { name: "log", exitCode: 0 },
    ],
  },
};

describe("event patterns", () => {
  // Pattern, and whether the event matches.
  const CASES: [pattern: object, matches: boolean][] = [
    [{ source: ["aws.ecs"] }, true],
    [{ source: ["aws.ec2", "aws.ecs"], "detail-type": ["ECS Service Action"] }, false],
    [{ detail: { lastStatus: ["STOPPED"], version: [5] } }, true],
    [{ detail: { version: ["5"] } }, false],
    [{ detail: { stoppedReason: [null] } }, true],
    [{ detail: { clusterArn: [{ suffix: "/shop" }] } }, true],
    [{ detail: { clusterArn: [{ prefix: { "equals-ignore-case": "ARN:AWS:" } }] } }, true],
    [{ detail: { lastStatus: [{ "equals-ignore-case": "stopped" }] } }, true],
    [{ resources: [{ wildcard: "arn:*:task/*/abc" }] }, true],
    [{ resources: [{ wildcard: "arn:*:task/*/abcd" }] }, false],
    [{ source: [{ wildcard: "aws.ecs" }] }, true],
    [{ detail: { containers: { exitCode: [{ numeric: [">", 100, "<=", 137] }] } } }, true],
    [{ detail: { containers: { exitCode: [{ numeric: [">", 137] }] } } }, false],
    [{ detail: { containers: { name: ["log"], exitCode: [137] } } }, false],
    [{ detail: { lastStatus: [{ "anything-but": ["RUNNING", "PENDING"] }] } }, true],
    [{ detail: { lastStatus: [{ "anything-but": { prefix: "STOP" } }] } }, false],
    [{ detail: { nothing: [{ "anything-but": "x" }] } }, false],
    [{ detail: { exitCode: [{ exists: false }], lastStatus: [{ exists: true }] } }, true],
    [{ detail: { deep: { deeper: [{ exists: false }] } } }, true],
    [{ $or: [{ source: ["aws.ec2"] }, { detail: { lastStatus: ["STOPPED"] } }] }, true],
    [{ $or: [{ source: ["aws.ec2"] }, { detail: { lastStatus: ["RUNNING"] } }] }, false],
  ];
  for (const [pattern, matches] of CASES) {
    it(`${matches ? "match" : "do not match"} with ${JSON.stringify(pattern)}`, () => {
      expect(compilePattern(pattern)(EVENT)).to.equal(matches);
    });
  }

  it("are refused by name where they say nothing that is known", () => {
    const refused: [pattern: unknown, message: RegExp][] = [
      ["ECS", /^The pattern has to be a structure/],
      [{}, /is empty/],
      [{ source: "aws.ecs" }, /^The pattern's source has to be a structure/],
      [{ source: [] }, /source is an empty list/],
      [{ detail: { ip: [{ cidr: "10.0.0.0/8" }] } }, /^The pattern's detail\.ip has \{"cidr":"10\.0\.0\.0\/8"\}/],
      [{ detail: { a: [{ numeric: ["<"] }] } }, /numeric is a list like/],
      [{ detail: { a: [{ exists: "yes" }] } }, /exists is true or false/],
      [{ detail: { a: [{ prefix: 5 }] } }, /has to be text/],
      [{ $or: [{ source: ["x"] }] }, /\$or has to list structures/],
    ];
    for (const [pattern, message] of refused) expect(() => compilePattern(pattern)).to.throw(PatternError, message);
  });
});
