import type { Checks } from "#lib/http-admin.ts";
import type { Informers } from "./deps.ts";

/** What `/health/ready` of the operator says: a standby is ready, too. */
export class Health {
  /** What Kubernetes lacks before the operator can begin. */
  missing: string | undefined = "Kubernetes has not been asked yet";
  informers: Informers | undefined;

  readonly checks: Checks = {
    kubernetes: () => (this.missing === undefined ? { ok: true } : { ok: false, detail: this.missing }),
    caches: () => {
      const all = Object.entries(this.informers ?? {});
      const empty = all.filter(([, informer]) => !informer.hasSynced).map(([name]) => name);
      return all.length > 0 && empty.length === 0
        ? { ok: true }
        : { ok: false, detail: `not synced: ${empty.join(", ")}` };
    },
  };
}
