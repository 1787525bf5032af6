import { expect } from "chai";
import type { Definition } from "./problem.ts";
import { checkTaskDefinition } from "./task-definition-rules.ts";

type Container = Definition["containerDefinitions"][number];

const a: Container = { name: "a", image: "i", memory: 64 };
const definition = (...containers: Container[]): Definition => ({ family: "f", containerDefinitions: containers });
const fargate = (members: Partial<Definition>): Definition => ({
  ...definition({ name: "a", image: "i" }),
  requiresCompatibilities: ["FARGATE"],
  networkMode: "awsvpc",
  ...members,
});

const messages = (of: Definition): string[] => checkTaskDefinition(of).map(({ message }) => message);

describe("rules across a task definition's members", () => {
  it("has nothing against a plain one", () => {
    expect(messages(definition(a))).to.deep.equal([]);
    expect(messages(fargate({ cpu: "256", memory: "512" }))).to.deep.equal([]);
    expect(messages(fargate({ cpu: ".25 vCPU", memory: "0.5 GB" }))).to.deep.equal([]);
  });

  const broken: [string, Definition, RegExp][] = [
    ["a repeated name", definition(a, a), /unique/],
    ["no memory at all", definition({ name: "a", image: "i" }), /'memory' or 'memoryReservation' must be specified/],
    ["a limit below the reservation", definition({ ...a, memoryReservation: 65 }), /greater than or equal/],
    ["containers beyond the task's cpu", { ...definition({ ...a, cpu: 300 }), cpu: "256" }, /adds up to 300/],
    ["containers beyond the task's memory", { ...definition(a, { ...a, name: "b" }), memory: "100" }, /adds up to 128/],
    ["a size that is no number", { ...definition(a), cpu: "much" }, /Invalid 'cpu' setting/],
    ["Fargate without its network", fargate({ networkMode: "bridge" }), /only supports network mode/],
    ["Fargate without cpu", fargate({ memory: "512" }), /'cpu' be defined at the task level/],
    ["Fargate without memory", fargate({ cpu: "256" }), /'memory' be defined at the task level/],
    [
      "a size that Fargate lacks",
      fargate({ cpu: "256", memory: "4096" }),
      /No Fargate configuration exists for given values/,
    ],
    ["a volume that is not defined", definition({ ...a, mountPoints: [{ sourceVolume: "v" }] }), /Unknown volume 'v'/],
    [
      "a volume without a name",
      { ...definition(a), volumes: [{ host: {} }] },
      /Volume.name should not be null or empty/,
    ],
    ["a volume twice", { ...definition(a), volumes: [{ name: "v" }, { name: "v" }] }, /'v' is repeated/],
    [
      "a volume of two kinds",
      { ...definition(a), volumes: [{ name: "v", host: {}, efsVolumeConfiguration: { fileSystemId: "fs-1" } }] },
      /Volume 'v' can have only one of host, efsVolumeConfiguration/,
    ],
    [
      "another host port in awsvpc",
      { ...definition({ ...a, portMappings: [{ containerPort: 80, hostPort: 81 }] }), networkMode: "awsvpc" },
      /must match/,
    ],
    [
      "links in awsvpc",
      { ...definition({ ...a, links: ["b"] }), networkMode: "awsvpc" },
      /'links' parameter is not supported/,
    ],
    [
      "a host port used twice",
      definition({
        ...a,
        portMappings: [
          { containerPort: 1, hostPort: 80 },
          { containerPort: 2, hostPort: 80 },
        ],
      }),
      /Host port 80/,
    ],
    [
      "different host names",
      definition({ ...a, hostname: "x" }, { ...a, name: "b", hostname: "y" }),
      /share their host name/,
    ],
    [
      "an unknown dependency",
      definition({ ...a, dependsOn: [{ containerName: "b", condition: "START" }] }),
      /unknown container 'b'/,
    ],
    [
      "waiting for an essential container's end",
      definition({ ...a, dependsOn: [{ containerName: "b", condition: "SUCCESS" }] }, { ...a, name: "b" }),
      /cannot depend on essential/,
    ],
    [
      "waiting for health without a check",
      definition({ ...a, dependsOn: [{ containerName: "b", condition: "HEALTHY" }] }, { ...a, name: "b" }),
      /no health check/,
    ],
    [
      "a circle",
      definition(
        { ...a, dependsOn: [{ containerName: "b", condition: "START" }] },
        { ...a, name: "b", dependsOn: [{ containerName: "a", condition: "START" }] },
      ),
      /a -> b -> a/,
    ],
  ];
  for (const [what, of, message] of broken) {
    it(`finds ${what}`, () => {
      expect(messages(of)).to.have.length(1);
      expect(messages(of)[0]).to.match(message);
    });
  }
});
