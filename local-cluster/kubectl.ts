/** kubectl as the local cluster's administrator, or in the user's own context. */
import { binary } from "./binaries.ts";
import { run } from "./command.ts";
import type { Cluster } from "./components/cluster.ts";

/** Runs the kubectl that was built with the cluster. */
export function kubectl({ settings, binaries }: Cluster, args: string[], input?: string): Promise<string> {
  return run(binary(binaries, "kubectl"), [...kubectlTarget(settings), ...args], {
    timeoutMs: 120_000,
    ...(input === undefined ? {} : { input }),
  });
}

function kubectlTarget({ context, paths }: Cluster["settings"]): string[] {
  return context === undefined ? [`--kubeconfig=${paths.kubeconfig}`] : [`--context=${context}`];
}
