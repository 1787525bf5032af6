import { expect } from "chai";
import { readFileSync } from "node:fs";
import type { RegisterTaskDefinitionRequest } from "#model/generated/types.generated.ts";
import { unsupportedMembers } from "./supported.ts";
import type { MemberTable } from "./member-support.ts";
import { MEMBERS } from "./supported-members.ts";
import { OVERRIDE_MEMBERS } from "./supported-overrides.ts";

interface Shape {
  type: string;
  members?: Record<string, { shape: string }>;
  member?: { shape: string };
}

const model = JSON.parse(readFileSync(new URL("../../model/ecs.json", import.meta.url), "utf8")) as {
  shapes: Record<string, Shape>;
};

/** Paths of the model's members that neither stand in the table nor below or above one that does. */
function undecided(table: MemberTable, shapeName: string, path: string): string[] {
  if (table[path] !== undefined) return [];
  const shape = model.shapes[shapeName];
  if (shape?.type === "list") return undecided(table, shape.member?.shape ?? "", `${path}[]`);
  if (shape?.type !== "structure") return [path];
  return Object.entries(shape.members ?? {}).flatMap(([name, member]) =>
    undecided(table, member.shape, path === "" ? name : `${path}.${name}`),
  );
}

function paths(shapeName: string, path: string): string[] {
  const shape = model.shapes[shapeName];
  if (shape?.type === "list") return [path, ...paths(shape.member?.shape ?? "", `${path}[]`)];
  if (shape?.type !== "structure") return [path];
  const below = Object.entries(shape.members ?? {}).flatMap(([name, member]) =>
    paths(member.shape, path === "" ? name : `${path}.${name}`),
  );
  return [path, ...below];
}

type Container = RegisterTaskDefinitionRequest["containerDefinitions"][number];

const withContainer = (container: Container): RegisterTaskDefinitionRequest => ({
  family: "f",
  containerDefinitions: [{ name: "a", image: "i", memory: 64, ...container }],
});

const refusedPaths = (definition: RegisterTaskDefinitionRequest): string[] =>
  unsupportedMembers(definition).map(({ path }) => path);

describe("what a task definition may ask for", () => {
  const tables: [string, MemberTable][] = [
    ["RegisterTaskDefinitionRequest", MEMBERS],
    ["TaskOverride", OVERRIDE_MEMBERS],
  ];
  for (const [shape, table] of tables) {
    it(`is decided for every member of ${shape}`, () => {
      expect(undecided(table, shape, "")).to.deep.equal([]);
    });

    it(`is decided for no member that ${shape} lacks`, () => {
      const known = new Set(paths(shape, ""));
      expect(Object.keys(table).filter((path) => !known.has(path))).to.deep.equal([]);
    });
  }

  const refused: [string, Container, string][] = [
    [
      "limits that shells set differently",
      { entryPoint: ["a"], ulimits: [{ name: "core", softLimit: 1, hardLimit: 1 }] },
      "ulimits[0].name",
    ],
    ["limits where nobody sets them", { ulimits: [{ name: "nofile", softLimit: 1, hardLimit: 1 }] }, "ulimits"],
    ["a user by name", { user: "www-data" }, "user"],
    ["environment files elsewhere", { environmentFiles: [{ value: "a", type: "s3" }] }, "environmentFiles[0].value"],
    ["a log driver without a place", { logConfiguration: { logDriver: "splunk" } }, "logConfiguration.logDriver"],
    [
      "another version of a secret",
      { secrets: [{ name: "A", valueFrom: "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf::AWSPREVIOUS:" }] },
      "secrets[0].valueFrom",
    ],
    [
      "a range of too many ports",
      { portMappings: [{ containerPortRange: "1-200" }] },
      "portMappings[0].containerPortRange",
    ],
    ["a security option of Docker's own", { dockerSecurityOptions: ["seccomp:unconfined"] }, "dockerSecurityOptions"],
    [
      "a secret option of unknown kind",
      {
        logConfiguration: { logDriver: "awsfirelens", secretOptions: [{ name: "a", valueFrom: "arn:aws:s3:::a/b" }] },
      },
      "logConfiguration.secretOptions[0].valueFrom",
    ],
    [
      "mount options",
      { linuxParameters: { tmpfs: [{ containerPath: "/t", size: 1, mountOptions: ["noexec"] }] } },
      "linuxParameters.tmpfs[0].mountOptions",
    ],
  ];
  for (const [what, container, path] of refused) {
    it(`refuses ${what} by its place`, () => {
      expect(refusedPaths(withContainer(container))).to.deep.equal([`containerDefinitions[0].${path}`]);
    });
  }

  const inOnePod: [string, Partial<RegisterTaskDefinitionRequest>, Container[], string][] = [
    [
      "more name servers than a Pod has",
      {},
      [{ dnsServers: ["10.0.0.1", "10.0.0.2"] }, { dnsServers: ["10.0.0.3", "10.0.0.4"] }],
      "containerDefinitions[].dnsServers",
    ],
    [
      "two values of one kernel setting",
      {},
      [
        { systemControls: [{ namespace: "net.core.somaxconn", value: "1" }] },
        { systemControls: [{ namespace: "net.core.somaxconn", value: "2" }] },
      ],
      "containerDefinitions[1].systemControls",
    ],
    [
      "kernel settings of the node's network",
      { networkMode: "host" },
      [{ systemControls: [{ namespace: "net.core.somaxconn", value: "1" }] }],
      "containerDefinitions[0].systemControls",
    ],
    [
      "kernel settings of the node's IPC",
      { ipcMode: "host" },
      [{ systemControls: [{ namespace: "kernel.shm_rmid_forced", value: "1" }] }],
      "containerDefinitions[0].systemControls",
    ],
    [
      "a privileged container that may gain none",
      {},
      [{ privileged: true, dockerSecurityOptions: ["no-new-privileges"] }],
      "containerDefinitions[0].dockerSecurityOptions",
    ],
  ];
  for (const [what, members, containers, path] of inOnePod) {
    it(`refuses ${what}`, () => {
      const containerDefinitions = containers.map((each, index) => ({
        name: `c${index}`,
        image: "i",
        memory: 8,
        ...each,
      }));
      expect(refusedPaths({ family: "f", containerDefinitions, ...members })).to.deep.equal([path]);
    });
  }

  it("takes empty lists, false and unknown members as nothing asked for", () => {
    const container = { ulimits: [], environmentFiles: [], disableNetworking: false, firelensConfiguration: undefined };
    const definition = withContainer({ ...(container as unknown as Container), restartPolicy: { enabled: false } });
    const newer = { somethingNew: { a: 1 } };
    expect(unsupportedMembers({ ...definition, ...newer })).to.deep.equal([]);
  });

  it("takes what a Pod can honour", () => {
    const definition = withContainer({
      user: "1000:1000",
      secrets: [{ name: "A", valueFrom: "/prod/a" }],
      logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g" } },
      linuxParameters: { initProcessEnabled: true, capabilities: { add: ["NET_ADMIN"] } },
      dockerSecurityOptions: ["no-new-privileges:true", "apparmor:unconfined", "label:type:svirt_t"],
      portMappings: [{ containerPortRange: "8000-8010" }],
    });
    expect(unsupportedMembers(definition)).to.deep.equal([]);
  });

  it("refuses a task in which every essential container is waited for", () => {
    const definition = {
      family: "f",
      containerDefinitions: [
        { name: "db", image: "i", memory: 1 },
        {
          name: "job",
          image: "i",
          memory: 1,
          essential: false,
          dependsOn: [{ containerName: "db", condition: "START" as const }],
        },
      ],
    };
    expect(refusedPaths(definition)).to.deep.equal(["containerDefinitions[].dependsOn"]);
  });
});
