import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { runSql } from "../ad-hoc-sql.ts";
import type { Encryption } from "../encryption/encryption.ts";
import { argumentsOf, testEncryption } from "../testing/encryption.ts";
import { Folder } from "../testing/fixtures.ts";

const CHURN = fileURLToPath(new URL("testing/churn-and-archive.ts", import.meta.url));

/** Lets it run until it has archived, then a moment more, and kills it. @returns the last version said to be committed */
async function churnAndKill(folder: string, ms: number, encryption?: Encryption): Promise<number> {
  const child = spawn(process.execPath, [CHURN, folder, ...argumentsOf(encryption)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  const archived = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("archived")) resolve();
    });
  });
  await Promise.race([archived, once(child, "close").then(() => expect.fail("it ended by itself"))]);
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill("SIGKILL");
  await once(child, "close");
  return Number(/committed (\d+)(?![\s\S]*committed)/.exec(said)?.[1]);
}

describe("a gateway that is killed while it archives", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => folder.remove());

  for (const what of ["", ", encrypted"]) {
    it(`has every change once, in the database or in the archive${what}`, async function () {
      // DuckDB's extension may have to be fetched.
      this.timeout(600_000);
      const encryption = what === "" ? undefined : await testEncryption();
      // Where the kill strikes is a matter of milliseconds: in a COPY, a commit, a merge, a checkpoint.
      const rounds = Number(process.env["KECS_TEST_ROUNDS"] ?? (what === "" ? 5 : 3));
      for (let round = 0; round < rounds; round++) await killedAfter((round * 37) % 230, encryption);
    });
  }

  async function killedAfter(ms: number, encryption: Encryption | undefined): Promise<void> {
    const said = await churnAndKill(folder.path, ms, encryption);
    const store = await folder.open({ encryption });
    const [position] = await store.read("watch_positions");
    const last = Number(position?.["resource_version"]);
    expect(last).to.be.at.least(said);
    const sql = async (text: string) => (await runSql(store, text, new AbortController().signal)).rows;
    const counts = "count(*)::INTEGER, count(DISTINCT position)::INTEGER, count(DISTINCT resource_version)::INTEGER";
    expect(await sql(`SELECT ${counts}, max(resource_version)::INTEGER FROM history`)).to.deep.equal([
      [last - 1, last - 1, last - 1, last],
    ]);
    expect((await sql("SELECT count(*)::INTEGER > 0 FROM archived_history"))[0]).to.deep.equal([true]);
    // What is shown can be found without the archive.
    const shown = await sql(
      `SELECT count(*)::INTEGER FROM tasks ANTI JOIN recent_history USING (uid, resource_version)`,
    );
    expect(shown).to.deep.equal([[0]]);
    store.close();
  }
});
