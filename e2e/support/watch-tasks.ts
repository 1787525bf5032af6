import { createKubeClient } from "#lib/kube/client.ts";
import { watchStream } from "#lib/kube/watch-stream.ts";
import { type ECSTask, RESOURCES } from "#model/generated/resources.generated.ts";
import { environment } from "./environment.ts";

/** What a watcher of a namespace's ECSTasks has seen. */
export interface TaskWatch {
  /** The states of a task, each once, in the order in which they were seen. */
  statesOf(id: string): string[];
  end(): void;
}

/** Watches the ECSTasks of a namespace as any controller would; whatever happens after this resolves is seen. */
export async function watchTasks(namespace: string): Promise<TaskWatch> {
  const kube = createKubeClient({ kubeconfig: environment.kubeconfig });
  const ending = new AbortController();
  const changes = watchStream<ECSTask>(kube, RESOURCES.ECSTask, { namespace, signal: ending.signal });
  await changes.next(); // the list: from its version on each change comes
  const seen = new Map<string, Set<string>>();
  void (async () => {
    for await (const change of changes) {
      if (!("object" in change)) continue;
      const { metadata, status } = change.object;
      const { name = "" } = metadata;
      if (status?.lastStatus !== undefined) seen.set(name, (seen.get(name) ?? new Set()).add(status.lastStatus));
    }
  })();
  return {
    statesOf: (id) => [...(seen.get(id) ?? [])],
    end() {
      ending.abort();
      kube.close();
    },
  };
}
