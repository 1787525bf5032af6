import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Encryption } from "./encryption/encryption.ts";
import { argumentsOf, testEncryption } from "./testing/encryption.ts";
import { Folder } from "./testing/fixtures.ts";

const CHURN = fileURLToPath(new URL("testing/churn.ts", import.meta.url));

/** Runs the churn for a while and kills it with SIGKILL. @returns the last version that it said was committed */
async function churnAndKill(folder: string, ms: number, encryption?: Encryption): Promise<number> {
  const child = spawn(process.execPath, [CHURN, folder, ...argumentsOf(encryption)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill("SIGKILL");
  await once(child, "close");
  return Number(said.trim().split("\n").at(-1));
}

describe("a killed projector", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => folder.remove());

  for (const what of ["", ", encrypted"]) {
    it(`has lost nothing that was committed, and goes on where it was, again and again${what}`, async function () {
      // DuckDB's extension may have to be fetched.
      this.timeout(600_000);
      const encryption = what === "" ? undefined : await testEncryption();
      for (const ms of [300, 600]) await killedAfter(ms, encryption);
    });
  }

  async function killedAfter(ms: number, encryption: Encryption | undefined): Promise<void> {
    const said = await churnAndKill(folder.path, ms, encryption);
    const store = await folder.open({ encryption });
    const positions = await store.read("watch_positions");
    const position = Number(positions.find((row) => row["resource"] === "ecstasks")?.["resource_version"]);
    expect(position).to.be.at.least(said);
    const history = await store.read("history_of_kind", { kind: "ECSTask" });
    const versions = history.map((row) => Number(row["resource_version"]));
    expect(versions, "every version once, up to the position").to.deep.equal(
      Array.from({ length: position - 1 }, (_, index) => index + 2),
    );
    const last = new Map(history.map((row) => [String(row["uid"]), row]));
    const alive = [...last.values()].filter((row) => row["change"] !== "DELETED");
    const known = await store.read("known_versions", { kind: "ECSTask" });
    const text = (row: (typeof known)[number]): string => `${String(row["uid"])} ${String(row["resource_version"])}`;
    expect(known.map(text).sort(), "the current state is the history's end").to.deep.equal(alive.map(text).sort());
    store.close();
  }
});
