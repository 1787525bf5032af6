import { expect } from "chai";

import { createLogger } from "#lib/log.ts";
import { dockerStats } from "./docker-stats.ts";
import type { PodSummary, Summary } from "./kubelet.ts";
import { Sampler } from "./sampler.ts";

const log = createLogger({ level: "error", format: "json", component: "test" });
const node = { metadata: { name: "node-1" } };

function pod(second: number, total: number): PodSummary {
  const time = `2026-11-21T10:00:0${second}Z`;
  return {
    podRef: { uid: "uid-1" },
    containers: [
      {
        name: "app",
        cpu: { time, usageCoreNanoSeconds: total },
        memory: { usageBytes: 3000, workingSetBytes: 2000, rssBytes: 1000 },
      },
    ],
    network: { time, interfaces: [{ name: "eth0", rxBytes: second * 500, txBytes: 0 }] },
  };
}

const subject = { podContainer: "app", dockerId: "abc", dockerName: "ecs-web-1-app", memoryMiB: 64, cpus: 2 };

describe("statistics of containers", () => {
  it("have Docker's shape, so that its tools find the share of CPU and memory", () => {
    const sample = { now: pod(4, 3_000_000_000), before: pod(2, 1_000_000_000), bootedAt: "2026-11-21T10:00:00Z" };
    expect(dockerStats(subject, sample)).to.deep.include({
      id: "abc",
      name: "/ecs-web-1-app",
      read: "2026-11-21T10:00:04Z",
      preread: "2026-11-21T10:00:02Z",
      cpu_stats: { cpu_usage: { total_usage: 3_000_000_000 }, system_cpu_usage: 8_000_000_000, online_cpus: 2 },
      precpu_stats: { cpu_usage: { total_usage: 1_000_000_000 }, system_cpu_usage: 4_000_000_000, online_cpus: 2 },
      networks: { eth0: { rx_bytes: 2000, rx_errors: undefined, tx_bytes: 0, tx_errors: undefined } },
      network_rate_stats: { rx_bytes_per_sec: 500, tx_bytes_per_sec: 0 },
    });
    expect(dockerStats(subject, sample)?.["memory_stats"]).to.deep.include({ usage: 3000, limit: 67_108_864 });
  });

  it("are null until something was measured", () => {
    expect(dockerStats(subject, undefined)).to.equal(null);
    expect(dockerStats({ ...subject, podContainer: "other" }, { now: pod(1, 1) })).to.equal(null);
  });

  it("are read once for all who ask, and again after a second", async () => {
    let time = 0;
    let reads = 0;
    const read = async (): Promise<Summary> => {
      reads += 1;
      return { pods: [pod(reads, reads)] };
    };
    const sampler = new Sampler({ read, log, now: () => time });
    const [first] = await Promise.all([sampler.sample(node, "uid-1"), sampler.sample(node, "uid-1")]);
    await sampler.sample(node, "uid-1");
    expect(reads).to.equal(1);
    expect(first?.before).to.equal(undefined);
    time = 1_000;
    const second = await sampler.sample(node, "uid-1");
    expect(reads).to.equal(2);
    expect(second?.before).to.deep.equal(pod(1, 1));
    expect(await sampler.sample(node, "other")).to.equal(undefined);
  });

  it("are missing, and nothing else is, while a kubelet does not answer", async () => {
    const read = async (): Promise<Summary> => {
      throw new Error("connection refused");
    };
    const silent = { ...log, warn: () => undefined };
    expect(await new Sampler({ read, log: silent, now: () => 0 }).sample(node, "uid-1")).to.equal(undefined);
  });
});
