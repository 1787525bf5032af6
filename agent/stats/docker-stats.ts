import type { Document } from "../documents/container.ts";
import type { ContainerSummary, PodSummary } from "./kubelet.ts";
import type { Sample } from "./sampler.ts";

export interface StatsSubject {
  /** Name in the Pod. */
  readonly podContainer: string;
  readonly dockerId: string;
  readonly dockerName: string;
  readonly memoryMiB?: number;
  readonly cpus: number;
}

const NEVER = "0001-01-01T00:00:00Z";
const MIB = 1024 * 1024;
const NANOSECONDS_PER_MS = 1_000_000;

/**
 * One container's figures in the shape of Docker's statistics, as far as the kubelet knows them: no block I/O and no
 * number of processes. The network's are those of the Pod.
 * @returns null while nothing has been measured, as ECS answers it.
 * @see https://docs.docker.com/reference/api/engine/version/v1.43/#tag/Container/operation/ContainerStats
 */
export function dockerStats(subject: StatsSubject, sample: Sample | undefined): Document | null {
  const now = containerOf(sample?.now, subject);
  if (sample === undefined || now?.cpu === undefined) return null;
  const before = containerOf(sample.before, subject);
  const networks = networksOf(sample.now);
  return {
    id: subject.dockerId,
    name: `/${subject.dockerName}`,
    read: now.cpu.time ?? NEVER,
    preread: before?.cpu?.time ?? NEVER,
    cpu_stats: cpuOf(now, subject.cpus, sample.bootedAt),
    precpu_stats: cpuOf(before, subject.cpus, sample.bootedAt),
    memory_stats: memoryOf(now, subject.memoryMiB),
    ...(networks && { networks, ...ratesOf(sample) }),
  };
}

function containerOf(pod: PodSummary | undefined, { podContainer }: StatsSubject): ContainerSummary | undefined {
  return pod?.containers?.find(({ name }) => name === podContainer);
}

/** Docker's `system_cpu_usage` counts idle time as well: it is the time since the start of the machine, by its CPUs. */
function cpuOf(container: ContainerSummary | undefined, cpus: number, bootedAt = ""): Document {
  const upMs = Date.parse(container?.cpu?.time ?? "") - Date.parse(bootedAt);
  return {
    cpu_usage: { total_usage: container?.cpu?.usageCoreNanoSeconds ?? 0 },
    ...(upMs > 0 && { system_cpu_usage: upMs * NANOSECONDS_PER_MS * cpus }),
    online_cpus: cpus,
  };
}

function memoryOf({ memory = {} }: ContainerSummary, limitMiB: number | undefined): Document {
  const { usageBytes, workingSetBytes, rssBytes, pageFaults, majorPageFaults } = memory;
  return {
    usage: usageBytes ?? workingSetBytes,
    stats: {
      rss: rssBytes,
      // Docker's tools take this off `usage` to get what the kubelet calls the working set.
      ...(usageBytes !== undefined &&
        workingSetBytes !== undefined && { inactive_file: Math.max(0, usageBytes - workingSetBytes) }),
      pgfault: pageFaults,
      pgmajfault: majorPageFaults,
    },
    ...(limitMiB !== undefined && { limit: limitMiB * MIB }),
  };
}

function networksOf({ network }: PodSummary): Document | undefined {
  const interfaces = network?.interfaces ?? [];
  if (interfaces.length === 0) return undefined;
  return Object.fromEntries(
    interfaces.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => [
      name,
      { rx_bytes: rxBytes, rx_errors: rxErrors, tx_bytes: txBytes, tx_errors: txErrors },
    ]),
  );
}

/** Bytes a second since the reading before, which ECS adds to Docker's statistics. */
function ratesOf({ now, before }: Sample): Document {
  const seconds = (Date.parse(now.network?.time ?? "") - Date.parse(before?.network?.time ?? "")) / 1000;
  if (!(seconds > 0)) return {};
  const rate = (member: "rxBytes" | "txBytes"): number => (total(now, member) - total(before, member)) / seconds;
  return { network_rate_stats: { rx_bytes_per_sec: rate("rxBytes"), tx_bytes_per_sec: rate("txBytes") } };
}

function total(pod: PodSummary | undefined, member: "rxBytes" | "txBytes"): number {
  return (pod?.network?.interfaces ?? []).reduce((sum, each) => sum + (each[member] ?? 0), 0);
}
