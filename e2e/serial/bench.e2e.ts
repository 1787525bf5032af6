import { expect } from "chai";
import { makeUp } from "../support/processes.ts";
import { check } from "../support/run.ts";

const PARTS = 8;

describe("make bench", () => {
  // Without the simulated nodes that it adds.
  after(() => makeUp());

  it("measures all of it, small, and says so in tables", async function () {
    this.timeout(900_000);
    const told = await check("make", ["--no-print-directory", "bench", "QUICK=1"], { timeoutMs: 890_000 });
    const tables = told.split("| what | figure |").slice(1);
    expect(tables, told).to.have.length(PARTS);
    for (const table of tables) {
      const figures = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
      expect(figures, told).not.to.have.length(0);
      expect(table).not.to.match(/NaN|undefined/);
    }
  });
});
