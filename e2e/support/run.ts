import { spawn } from "node:child_process";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end and gives back what it printed, whatever its exit code.
 * @param options.timeoutMs the program is killed after this time and the promise rejects
 */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string; timeoutMs?: number; cwd?: string } = {},
): Promise<Finished> {
  const timeoutMs = options.timeoutMs ?? 120_000;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal)
        reject(new Error(`${program} ${args.join(" ")}: ended by ${signal} (limit ${timeoutMs} ms)\n${stderr}`));
      else resolve({ code: code ?? -1, stdout, stderr });
    });
    child.stdin.on("error", () => {}); // a program that does not read its input closes it early
    child.stdin.end(options.input ?? "");
  });
}

/** As {@link run}, but a non-zero exit code throws with what was printed. */
export async function check(...call: Parameters<typeof run>): Promise<string> {
  const finished = await run(...call);
  if (finished.code !== 0) {
    throw new Error(
      `${call[0]} ${call[1].join(" ")}: exit code ${finished.code}\n${finished.stdout}${finished.stderr}`,
    );
  }
  return finished.stdout;
}
