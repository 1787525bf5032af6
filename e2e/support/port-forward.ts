import { spawn } from "node:child_process";
import { once } from "node:events";
import { environment } from "./environment.ts";

const PATIENCE_MS = 30_000;

/**
 * Runs `use` while a port of a Pod is to be had on this machine, also one that only listens on the Pod's loopback.
 * @param args of `kubectl port-forward`, the Pod's port last
 */
export async function withForwardedPort<T>(args: readonly string[], use: (port: number) => Promise<T>): Promise<T> {
  const [remote = "", ...rest] = args.toReversed();
  const child = spawn(environment.kubectl, ["port-forward", ...rest.toReversed(), `:${remote}`], {
    env: { ...process.env, KUBECONFIG: environment.kubeconfig },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  try {
    let said = "";
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no forwarded port: ${said}`)), PATIENCE_MS);
      const hear = (text: string): void => {
        said += text;
        const found = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(Number(found));
      };
      child.stdout.setEncoding("utf8").on("data", hear);
      child.stderr.setEncoding("utf8").on("data", hear);
      child.once("error", reject);
    });
    return await use(port);
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}
