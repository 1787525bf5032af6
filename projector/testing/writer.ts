import { Registry } from "prom-client";
import { systemClock } from "#lib/kube/clock.ts";
import { ClusterNamespaces } from "../cluster-namespaces.ts";
import type { Store } from "../store.ts";
import { Writer, type WriterOptions } from "../writer.ts";
import { identity } from "./fixtures.ts";

/** A writer into `store`, for tests: tells nobody of what it does but whom `options` name. */
export function testWriter(store: Store, options: Partial<WriterOptions> = {}): Writer {
  return new Writer({
    store,
    identity,
    namespaces: new ClusterNamespaces(),
    metrics: new Registry(),
    clock: systemClock,
    deletedTaskRetentionSeconds: 3600,
    onCommit: () => undefined,
    onFailure: () => undefined,
    onUnshowable: () => undefined,
    ...options,
  });
}
