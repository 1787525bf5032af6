/** What every part of the cluster is given. */
import type { Binaries } from "../binaries.ts";
import type { Settings } from "../settings.ts";

export interface Cluster {
  settings: Settings;
  binaries: Binaries;
}
