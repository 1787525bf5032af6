/** Runs other programs to their end, with a bound. */
import { spawn } from "node:child_process";

export interface CommandOptions {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Text for its standard input. */
  input?: string;
  /** Default: one minute. */
  timeoutMs?: number;
}

export class CommandError extends Error {
  override name = "CommandError";
  readonly exitCode: number | null;
  constructor(command: string, exitCode: number | null, detail: string) {
    super(
      `${command} failed${exitCode === null ? "" : ` (exit ${exitCode})`}: ${detail.trim() || "it printed nothing"}`,
    );
    this.exitCode = exitCode;
  }
}

/**
 * Runs a program and answers what it printed on standard output.
 *
 * @throws CommandError with the end of its standard error when it fails, cannot be started or takes too long
 */
export async function run(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  // A program may end without reading its input; its exit code tells whether that matters.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const title = [command, ...args].join(" ").slice(0, 200);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new CommandError(title, null, `no end after ${timeoutMs / 1000} s\n${errors}`));
    }, timeoutMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new CommandError(title, null, error.message));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new CommandError(title, code, errors || output));
    });
  });
}

/** Like {@link run}, for commands whose failure is an answer: undefined then. */
export async function attempt(command: string, args: string[], options?: CommandOptions): Promise<string | undefined> {
  try {
    return await run(command, args, options);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
