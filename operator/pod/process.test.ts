import { expect } from "chai";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { processOf } from "./process.ts";

type Container = Parameters<typeof processOf>[0];

const shell = (command: string, more: Partial<Container> = {}): Container => ({
  name: "app",
  entryPoint: ["/bin/sh", "-c"],
  command: [command],
  ...more,
});

/** The command line as a container would run it: Kubernetes makes one dollar sign of two before a bracket. */
function commandLine(container: Container, until?: "complete"): string[] {
  const { command = [], args = [] } = processOf(container, until);
  return [...command, ...args].map((part) => part.replaceAll(/\$\$(?=[$(])/g, "$"));
}

async function exitCode(container: Container, signalAfterMs?: number): Promise<number | null> {
  const [program = "", ...args] = commandLine(container);
  const child = spawn(program, args, { stdio: "ignore" });
  const exited = once(child, "exit");
  if (signalAfterMs !== undefined) setTimeout(() => child.kill("SIGTERM"), signalAfterMs);
  const [code] = await exited;
  return code as number | null;
}

describe("the process of a container", () => {
  it("is what the task definition says where nothing is to be done besides", () => {
    expect(processOf({ name: "a", entryPoint: ["/e"], command: ["$(x)"] }, "finish")).to.deep.equal({
      command: ["/e"],
      args: ["$$(x)"],
    });
    expect(processOf({ name: "a", restartPolicy: { enabled: false } }, undefined)).to.deep.equal({});
  });

  it("has the limits that it asks for", () => {
    const ulimits = [
      { name: "nofile" as const, softLimit: 100, hardLimit: 200 },
      { name: "nproc" as const, softLimit: 4000, hardLimit: 4000 },
      { name: "stack" as const, softLimit: 4 * 1024 * 1024, hardLimit: -1 },
    ];
    const [program = "", ...args] = commandLine(shell("ulimit -S -n; ulimit -H -n; ulimit -S -s", { ulimits }));
    expect(execFileSync(program, args, { encoding: "utf8" })).to.equal("100\n200\n4096\n");
  });

  it("keeps its exit code when it is not to be started again", async () => {
    const restartPolicy = { enabled: true, ignoredExitCodes: [0, 3], restartAttemptPeriod: 0 };
    expect(await exitCode(shell("exit 3", { restartPolicy }))).to.equal(3);
    expect(await exitCode(shell("exit 5", { restartPolicy: { enabled: true } }))).to.equal(5);
  });

  it("is started again until it ends with an exit code that is ignored", () => {
    const restartPolicy = { enabled: true, ignoredExitCodes: [3], restartAttemptPeriod: 0 };
    const file = `/tmp/kecs-restart-${process.pid}`;
    const count = `echo x >>${file}; [ $(wc -l <${file}) -lt 3 ] || { cat ${file}; rm ${file}; exit 3; }; exit 1`;
    const [program = "", ...args] = commandLine(shell(count, { restartPolicy }));
    let output = "";
    try {
      execFileSync(program, args, { encoding: "utf8" });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    expect(output).to.equal("x\nx\nx\n");
  });

  it("gets the signal that tells it to stop, and is not started again", async () => {
    const restartPolicy = { enabled: true, restartAttemptPeriod: 0 };
    const code = await exitCode(shell("trap 'exit 7' TERM; while :; do sleep 0.05; done", { restartPolicy }), 200);
    expect(code).to.equal(7);
  });
});
