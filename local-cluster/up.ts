/** `make up`: from whatever there is to a cluster with KECS in it. */
import { mkdir } from "node:fs/promises";
import { ensureBinaries, linkBinaries, programsFor } from "./binaries.ts";
import type { Cluster } from "./components/cluster.ts";
import { startContainerd } from "./components/containerd.ts";
import { startControllers } from "./components/controllers.ts";
import { startDns } from "./components/coredns.ts";
import { startEtcd } from "./components/etcd.ts";
import { endpoint, installResources, startParts } from "./components/kecs.ts";
import { startApiserver } from "./components/kube-apiserver.ts";
import { startProxy } from "./components/kube-proxy.ts";
import { startKubelet } from "./components/kubelet.ts";
import { startKwok } from "./components/kwok.ts";
import { removeMetricsApi, startMetrics } from "./components/metrics-server.ts";
import { down } from "./down.ts";
import { buildImages, loadImages } from "./images.ts";
import { kubectl } from "./kubectl.ts";
import { lastStart, noteStart } from "./last-start.ts";
import { raiseNetwork } from "./network.ts";
import { ensurePki } from "./pki.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { stopProcess } from "./processes.ts";
import { say, seconds, step } from "./report.ts";
import type { Settings } from "./settings.ts";

/** Starts everything that does not run yet. */
export async function up(settings: Settings): Promise<void> {
  const start = performance.now();
  for (const folder of [settings.paths.state, settings.paths.logs, settings.paths.config]) {
    await mkdir(folder, { recursive: true });
  }
  const cluster = settings.context === undefined ? await upCluster(settings) : await useContext(settings);
  await step("ECS resources installed", () => installResources(cluster));
  await startParts(cluster);
  say(`\nup after ${seconds(performance.now() - start)}`);
  say(howToCall(settings));
}

/** Builds what a cluster is made of, without starting anything. */
export async function build(settings: Settings): Promise<Cluster> {
  await ensurePrerequisites(settings);
  const binaries = await ensureBinaries(settings.paths, programsFor(settings));
  await linkBinaries(settings.paths, binaries, ["kubectl"]);
  const cluster = { settings, binaries };
  if (settings.realNode) await step("images made", () => buildImages(cluster));
  return cluster;
}

async function useContext(settings: Settings): Promise<Cluster> {
  const binaries = await ensureBinaries(settings.paths, ["kubectl"]);
  await linkBinaries(settings.paths, binaries, ["kubectl"]);
  return { settings, binaries };
}

async function upCluster(settings: Settings): Promise<Cluster> {
  await ensurePrerequisites(settings);
  const binaries = await ensureBinaries(settings.paths, programsFor(settings));
  await linkBinaries(settings.paths, binaries, ["kubectl"]);
  const cluster = { settings, binaries };
  await endOtherKind(settings);
  await noteStart(settings);
  await step("certificates", () => ensurePki(settings));
  if (settings.realNode) await step("node network", () => raiseNetwork(settings));
  await step("etcd", () => startEtcd(cluster));
  await step("kube-apiserver", () => startApiserver(cluster));
  await step("kube-controller-manager, kube-scheduler", () => startControllers(cluster));
  await removeOtherNodes(cluster);
  if (settings.realNode) await upRealNode(cluster);
  else await removeMetricsApi(cluster);
  if (settings.kwokNodes > 0) await step(`kwok with ${settings.kwokNodes} nodes`, () => startKwok(cluster));
  return cluster;
}

/** With another kind of node or another slot all addresses change, so what runs is ended first; its state stays. */
async function endOtherKind(settings: Settings): Promise<void> {
  const last = await lastStart(settings.paths);
  if (last === undefined || (last.slot === settings.slot && last.realNode === settings.realNode)) return;
  say("other nodes or another slot than last time:");
  await down(settings);
}

/** Nodes that no longer run would draw Pods to them. */
async function removeOtherNodes(cluster: Cluster): Promise<void> {
  const { realNode, kwokNodes } = cluster.settings;
  const unwanted = [...(realNode ? [] : ["real"]), ...(kwokNodes > 0 ? [] : ["kwok"])];
  if (unwanted.length === 0) return;
  const selector = `kecs.io/node-kind in (${unwanted.join(",")})`;
  await kubectl(cluster, ["delete", "node", "--ignore-not-found", "-l", selector]);
  if (kwokNodes === 0) await stopProcess(cluster.settings.paths, "kwok");
}

async function upRealNode(cluster: Cluster): Promise<void> {
  await step("containerd", () => startContainerd(cluster));
  const images = await step("images made", () => buildImages(cluster));
  await step("images loaded", () => loadImages(cluster, images));
  await step("kubelet, node ready", () => startKubelet(cluster));
  await step("kube-proxy", () => startProxy(cluster));
  await step("metrics-server", () => startMetrics(cluster));
  await step("CoreDNS", () => startDns(cluster));
}

function howToCall({ context, paths }: Settings): string {
  const url = endpoint();
  const lines = [
    `ECS endpoint  ${url}`,
    "",
    `  export AWS_ENDPOINT_URL_ECS=${url} AWS_ACCESS_KEY_ID=kecs AWS_SECRET_ACCESS_KEY=kecs AWS_DEFAULT_REGION=us-east-1`,
    "  aws ecs create-cluster --cluster-name default",
    "",
  ];
  const kubectl = `${paths.state}/bin/kubectl`;
  if (context === undefined) lines.push(`  export KUBECONFIG=${paths.kubeconfig}`, `  ${kubectl} get ecs -A`);
  else lines.push(`  ${kubectl} --context=${context} get ecs -A`);
  return lines.join("\n");
}
