import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { environment } from "./support/environment.ts";
import { pythonClientsBin } from "./support/python-clients.ts";
import { run } from "./support/run.ts";

/** The shell commands of the README's section with this title. */
async function commandsOf(title: string): Promise<string> {
  const readme = await readFile("README.md", "utf8");
  const section = readme.split(/^## /m).find((text) => text.startsWith(title));
  const block = /```sh\n([\s\S]*?)```/.exec(section ?? "")?.[1];
  if (block === undefined) throw new Error(`README.md has no commands under "${title}"`);
  return block;
}

/** Runs commands as a person pastes them, but ends at the first that fails. */
async function paste(commands: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const path = [pythonClientsBin, dirname(environment.kubectl), process.env.PATH].join(":");
  return run("bash", ["-euo", "pipefail", "-c", commands], { env: { PATH: path }, timeoutMs: 170_000 });
}

describe("the README's commands, as they stand there", () => {
  let exports = "";

  it("five minutes with the AWS CLI", async () => {
    const commands = (await commandsOf("Five minutes with the AWS CLI")).replace(/^make up\n/, "");
    exports = commands
      .split("\n")
      .filter((line) => line.startsWith("export "))
      .join("\n");
    const walk = await paste(commands);
    expect(walk.code, walk.stdout + walk.stderr).to.equal(0);
    expect(walk.stdout).to.contain('"Essential container in task exited"');
    expect(walk.stdout).to.contain("(service web) has reached a steady state.");
    expect(walk.stdout).to.contain("ecsservice.ecs.kecs.io/web");
  });

  it("the same with kubectl", async () => {
    const walk = await paste(`${exports}\n${await commandsOf("The same with kubectl")}`);
    expect(walk.code, walk.stdout + walk.stderr).to.equal(0);
    expect(walk.stdout).to.contain("ecsservice.ecs.kecs.io/web condition met");
  });
});
