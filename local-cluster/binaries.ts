/** Builds the cluster's programs from their Go modules, once per user and version. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { step } from "./report.ts";
import type { Paths } from "./settings.ts";

interface Program {
  /** Folder of `local-cluster/go/` whose go.mod fixes the versions. */
  module: string;
  /** What to build there. */
  package: string;
  /** The required module that gives the version's name. */
  versionOf: string;
  /** How long the first build takes on two cores, with nothing cached. */
  firstTime: string;
}

const kubernetes = (name: string, firstTime: string): Program => ({
  module: "kubernetes",
  package: `k8s.io/kubernetes/cmd/${name}`,
  versionOf: "k8s.io/kubernetes",
  firstTime,
});

const PROGRAMS = {
  etcd: { module: "etcd", package: ".", versionOf: "go.etcd.io/etcd/server/v3", firstTime: "30 s" },
  "kube-apiserver": kubernetes("kube-apiserver", "3 minutes"),
  "kube-controller-manager": kubernetes("kube-controller-manager", "1 minute"),
  "kube-scheduler": kubernetes("kube-scheduler", "10 s"),
  kubectl: kubernetes("kubectl", "25 s"),
  kubelet: kubernetes("kubelet", "20 s"),
  "kube-proxy": kubernetes("kube-proxy", "10 s"),
  coredns: { module: "coredns", package: ".", versionOf: "github.com/coredns/coredns", firstTime: "1 minute" },
  "metrics-server": {
    module: "metrics-server",
    package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
    versionOf: "sigs.k8s.io/metrics-server",
    firstTime: "1 minute",
  },
  kwok: { module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok", versionOf: "sigs.k8s.io/kwok", firstTime: "3 minutes" },
  helm: { module: "helm", package: "helm.sh/helm/v3/cmd/helm", versionOf: "helm.sh/helm/v3", firstTime: "1 minute" },
  registry: {
    module: "registry",
    package: ".",
    versionOf: "github.com/distribution/distribution/v3",
    firstTime: "2 minutes",
  },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/** Where each built program lies. */
export type Binaries = Partial<Record<ProgramName, string>>;

/** The programs that a cluster of this kind runs. */
export function programsFor(nodes: { realNode: boolean; kwokNodes: number }): ProgramName[] {
  return [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    ...(nodes.realNode ? (["kubelet", "kube-proxy", "coredns", "metrics-server"] as const) : []),
    ...(nodes.kwokNodes > 0 ? (["kwok"] as const) : []),
  ];
}

/** Builds what is not in the cache yet. */
export async function ensureBinaries(paths: Paths, names: readonly ProgramName[]): Promise<Binaries> {
  const binaries: Binaries = {};
  for (const name of names) binaries[name] = await ensureBinary(paths, name);
  return binaries;
}

/**
 * One program that was asked for before.
 *
 * @throws Error when it is not among the built ones, which is a mistake in this program
 */
export function binary(binaries: Binaries, name: ProgramName): string {
  const file = binaries[name];
  if (file === undefined) throw new Error(`${name} was not built`);
  return file;
}

/** Makes programs callable as `.kecs/bin/<name>`. */
export async function linkBinaries(paths: Paths, binaries: Binaries, names: readonly ProgramName[]): Promise<void> {
  const folder = join(paths.state, "bin");
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    await rm(join(folder, name), { force: true });
    await symlink(binary(binaries, name), join(folder, name));
  }
}

/** kwok's own definitions of how simulated nodes and Pods behave; they come with its module. */
export function kwokStages(binaries: Binaries): string {
  return join(binary(binaries, "kwok"), "../stages.yaml");
}

async function ensureBinary(paths: Paths, name: ProgramName): Promise<string> {
  const program: Program = PROGRAMS[name];
  const source = join(paths.root, "local-cluster/go", program.module);
  const version = parseVersion(await readFile(join(source, "go.mod"), "utf8"), program.versionOf);
  const folder = join(paths.cache, "bin", `${program.module}-${version}-${await sourceHash(source)}`);
  const file = join(folder, name);
  if (!existsSync(file)) {
    await step(`building ${name} ${version} (about ${program.firstTime} the first time)`, async () => {
      await mkdir(folder, { recursive: true });
      await goBuild(source, program, version, file);
      if (name === "kwok") await writeStages(source, join(folder, "stages.yaml"));
    });
  }
  return file;
}

async function goBuild(source: string, program: Program, version: string, file: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`;
  const args = [
    "build",
    "-mod=readonly",
    "-buildvcs=false",
    "-trimpath",
    "-ldflags",
    flags,
    "-o",
    partial,
    program.package,
  ];
  await run("go", args, { cwd: source, env: { CGO_ENABLED: "0", GOWORK: "off" }, timeoutMs: 45 * 60_000 });
  await rename(partial, file);
}

/** The version that a go.mod requires of a module. */
export function parseVersion(goMod: string, module: string): string {
  for (const line of goMod.split("\n")) {
    const [path, version] = line
      .replace(/^require /, "")
      .trim()
      .split(" ");
    if (path === module && version !== undefined) return version;
  }
  throw new Error(`go.mod does not require ${module}`);
}

async function sourceHash(source: string): Promise<string> {
  const hash = createHash("sha256").update(`${process.platform}/${process.arch}`);
  for (const file of (await readdir(source)).sort()) hash.update(file).update(await readFile(join(source, file)));
  return hash.digest("hex").slice(0, 8);
}

async function writeStages(source: string, target: string): Promise<void> {
  const module = (await run("go", ["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"], { cwd: source })).trim();
  const documents: string[] = [];
  for (const set of ["node/fast", "node/heartbeat-with-lease", "pod/fast"]) {
    const folder = join(module, "kustomize/stage", set);
    const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml");
    for (const file of files.sort()) documents.push(await readFile(join(folder, file), "utf8"));
  }
  await writeFile(target, documents.join("\n---\n"));
}
