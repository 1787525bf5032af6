import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { uniqueName } from "../support/wait.ts";
import { check } from "../support/run.ts";

describe("make bench", () => {
  const page = join(tmpdir(), `${uniqueName("bench")}.md`);
  after(() => rm(page, { force: true }));

  it("measures all of it, small, and writes a page of tables", async function () {
    this.timeout(900_000);
    const args = ["bench/main.ts", "--quick", "--out", page];
    await check(process.execPath, args, { timeoutMs: 890_000 });
    const parts = (await readFile(page, "utf8")).split("\n## ").slice(1);
    const titles = parts.map((part) => part.split("\n")[0]);
    expect(titles).to.include.members(["Reads", "RunTask", "Services to steady state", "Growth"]);
    expect(titles).to.have.length(8);
    for (const part of parts) {
      const figures = part.split("\n").filter((line) => line.startsWith("| "));
      expect(figures, part).to.have.length.greaterThan(2);
      expect(part).not.to.match(/NaN|undefined/);
    }
  });
});
