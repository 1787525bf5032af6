/** What must be on the machine before anything starts; installed where we can. */
import { attempt, run } from "./command.ts";
import { step } from "./report.ts";
import type { Settings } from "./settings.ts";

interface Tool {
  command: string;
  /** Debian's package of it. */
  package: string;
}

const ALWAYS: Tool[] = [{ command: "openssl", package: "openssl" }];

const FOR_REAL_NODES: Tool[] = [
  { command: "containerd", package: "containerd" },
  { command: "ctr", package: "containerd" },
  { command: "runc", package: "runc" },
  { command: "/usr/lib/cni/bridge", package: "containernetworking-plugins" },
  { command: "ip", package: "iproute2" },
  { command: "iptables", package: "iptables" },
  { command: "nft", package: "nftables" },
  { command: "conntrack", package: "conntrack" },
  { command: "socat", package: "socat" },
  { command: "ethtool", package: "ethtool" },
  { command: "modprobe", package: "kmod" },
  { command: "mount", package: "mount" },
];

/** Installs what is missing on Debian as root; elsewhere says what is missing. */
export async function ensurePrerequisites(settings: Settings): Promise<void> {
  await requireGo();
  const missing = await missingTools([...ALWAYS, ...(settings.realNode ? FOR_REAL_NODES : [])]);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tool.package))];
  if (process.getuid?.() !== 0 || (await attempt("apt-get", ["--version"])) === undefined) {
    const commands = missing.map((tool) => tool.command).join(", ");
    throw new Error(`please install: ${commands} (Debian's packages: ${packages.join(" ")}); or use NODES=kwok`);
  }
  await step(`installing ${packages.join(" ")}`, () => installPackages(packages));
}

async function installPackages(packages: string[]): Promise<void> {
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  if ((await attempt("apt-get", install, { env, timeoutMs: 600_000 })) !== undefined) return;
  // The package lists may be missing or out of date.
  await run("apt-get", ["update", "-qq"], { timeoutMs: 600_000 });
  await run("apt-get", install, { env, timeoutMs: 600_000 });
}

async function requireGo(): Promise<void> {
  if ((await attempt("go", ["version"])) === undefined) {
    throw new Error("please install Go (1.24 or newer, https://go.dev/dl): the local cluster is built from source");
  }
}

async function missingTools(tools: Tool[]): Promise<Tool[]> {
  const found = await Promise.all(tools.map((tool) => attempt("sh", ["-c", `command -v "$0"`, tool.command])));
  return tools.filter((_, index) => found[index] === undefined);
}
