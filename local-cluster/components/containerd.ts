import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { attempt, run } from "../command.ts";
import { writeIfChanged } from "../files.ts";
import { diedOf, ensureProcess } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";

/** The image that holds a Pod's namespaces; made in `images/`. */
export const PAUSE_IMAGE = "kecs.local/pause:1";

const CNI_PROGRAMS = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/** Starts containerd with a state of its own, beside any other containerd of the machine. */
export async function startContainerd({ settings }: Cluster): Promise<void> {
  const { paths } = settings;
  const networks = join(paths.config, "cni");
  await mkdir(paths.run, { recursive: true, mode: 0o700 });
  await writeIfChanged(join(networks, "10-kecs.conflist"), renderCni(settings));
  const config = renderContainerdConfig(settings, await cniPrograms(), await snapshotter(paths.state));
  const file = join(paths.config, "containerd.toml");
  await writeIfChanged(file, config);
  await ensureProcess(paths, { name: "containerd", command: "containerd", args: ["-c", file], inputs: [config] });
  const ready = async () => (await attempt("ctr", ["-a", containerdSocket(settings), "version"])) !== undefined;
  await waitFor("containerd", ready, { timeoutMs: 30_000, hopeless: diedOf(paths, "containerd") });
}

/** containerd's socket. */
export function containerdSocket({ paths }: Settings): string {
  return join(paths.run, "containerd.sock");
}

/** Runs `ctr` in the namespace where Kubernetes keeps its containers and images. */
export function ctr(settings: Settings, args: string[], timeoutMs = 60_000): Promise<string> {
  return run("ctr", ["-a", containerdSocket(settings), "-n", "k8s.io", ...args], { timeoutMs });
}

async function cniPrograms(): Promise<string> {
  for (const folder of CNI_PROGRAMS) {
    if ((await attempt("test", ["-x", join(folder, "bridge")])) !== undefined) return folder;
  }
  throw new Error(
    `the CNI plugins are in none of ${CNI_PROGRAMS.join(", ")}: install them (Debian: containernetworking-plugins)`,
  );
}

/** An overlay cannot lie on another one, which is what a checkout inside a container stands on. */
async function snapshotter(folder: string): Promise<string> {
  const kind = await run("stat", ["-f", "-c", "%T", folder]);
  return kind.trim() === "overlayfs" ? "native" : "overlayfs";
}

/** The Pods' network: a bridge with addresses from the Pod range, and host ports. */
export function renderCni({ paths, network }: Settings): string {
  const ipam = {
    type: "host-local",
    dataDir: join(paths.state, "cni"),
    ranges: [[{ subnet: network.podCidr }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return JSON.stringify({
    cniVersion: "1.0.0",
    name: network.name,
    plugins: [
      // Masquerading is network.ts's: its one rule is easier to take away than one chain a Pod.
      { type: "bridge", bridge: network.podLink, isGateway: true, ipMasq: false, hairpinMode: true, ipam },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  });
}

/** containerd's configuration. */
export function renderContainerdConfig(settings: Settings, cniBin: string, snapshotterName: string): string {
  const { paths } = settings;
  const quote = (text: string) => JSON.stringify(text);
  return `version = 2
root = ${quote(join(paths.state, "containerd/root"))}
state = ${quote(join(paths.state, "containerd/state"))}
oom_score = 0

[grpc]
  address = ${quote(containerdSocket(settings))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quote(PAUSE_IMAGE)}
  # Without CAP_SYS_RESOURCE a process may not lower its OOM score.
  restrict_oom_score_adj = true
  # Network namespaces lie in our own folder, so that we know which to remove.
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${quote(cniBin)}
    conf_dir = ${quote(join(paths.config, "cni"))}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = ${quote(snapshotterName)}
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}
