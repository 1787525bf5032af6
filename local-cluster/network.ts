/** What the cluster adds to the machine's network, and takes away again. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, run } from "./command.ts";
import type { Network, Settings } from "./settings.ts";

/** Kernel settings that kubelet, kube-proxy and CNI change; put back when the last cluster ends. */
const KERNEL_SETTINGS = [
  "kernel/panic",
  "kernel/panic_on_oops",
  "vm/overcommit_memory",
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/route_localnet",
  "net/netfilter/nf_conntrack_max",
];
const MACHINE_FOLDER = "/run/kecs";
const SAVED = join(MACHINE_FOLDER, "kernel-settings.json");

/** Gives the node its address and Pods their way out (or none), by one bridge and one nftables table. */
export async function raiseNetwork(settings: Settings): Promise<void> {
  const { network } = settings;
  await saveKernelSettings();
  await writeFile("/proc/sys/net/ipv4/ip_forward", "1");
  if (!(await hasLink(network.nodeLink))) {
    // A portless bridge, because not every kernel has the dummy device and kubelet refuses loopback addresses.
    await run("ip", ["link", "add", network.nodeLink, "type", "bridge"]);
  }
  await run("ip", ["addr", "replace", `${network.nodeAddress}/32`, "dev", network.nodeLink]);
  await run("ip", ["link", "set", network.nodeLink, "up"]);
  // kube-proxy rewrites Service addresses; a machine without a default route would refuse them before that.
  await run("ip", ["route", "replace", network.serviceCidr, "dev", network.nodeLink]);
  await run("nft", ["-f", "-"], { input: renderRules(network, settings.isolated) });
  for (const rule of forwardRules(network)) {
    if ((await attempt("iptables", ["-C", ...rule])) === undefined) await run("iptables", ["-I", ...rule]);
  }
}

/** Docker and firewalls make dropping the default for forwarded packets; ours are to pass. */
function forwardRules({ name, podCidr }: Network): string[][] {
  const rule = (side: string) => ["FORWARD", side, podCidr, "-m", "comment", "--comment", name, "-j", "ACCEPT"];
  return [rule("-s"), rule("-d")];
}

/**
 * The nftables rules for traffic of Pods beyond this machine: masqueraded, or dropped when isolated.
 * A table of our own, so that it can be replaced and removed as one.
 */
export function renderRules(network: Network, isolated: boolean): string {
  const inside = `{ "lo", "${network.nodeLink}", "${network.podLink}" }`;
  const chain = isolated
    ? `chain forward { type filter hook forward priority -10; ip saddr ${network.podCidr} oifname != ${inside} drop; }`
    : `chain postrouting { type nat hook postrouting priority 100; ip saddr ${network.podCidr} oifname != ${inside} masquerade; }`;
  const table = `table ip ${network.name}`;
  return `${table} {}\ndelete ${table}\n${table} {\n  ${chain}\n}\n`;
}

/** Removes links, rules and address records of this cluster. Everything here may be missing already. */
export async function lowerNetwork(settings: Settings): Promise<void> {
  const { network } = settings;
  for (const link of [network.podLink, network.nodeLink]) {
    if (await hasLink(link)) await run("ip", ["link", "delete", link]);
  }
  await attempt("nft", ["delete", "table", "ip", network.name]);
  for (const rule of forwardRules(network)) await attempt("iptables", ["-D", ...rule]);
  await removeHostPortRules(network);
  await removeEmptyTables();
  await removeCniResults(network);
}

async function hasLink(name: string): Promise<boolean> {
  return (await attempt("ip", ["link", "show", "dev", name])) !== undefined;
}

/** The portmap plugin's iptables rules for our Pods, which it removes only with the Pod itself. */
async function removeHostPortRules(network: Network): Promise<void> {
  const listing = await attempt("iptables-save", ["-t", "nat"]);
  if (listing === undefined) return;
  for (const args of hostPortRemovals(listing, network.name)) await attempt("iptables", ["-t", "nat", ...args]);
  const after = (await attempt("iptables-save", ["-t", "nat"])) ?? "";
  for (const args of emptyHostPortRemovals(after)) await attempt("iptables", ["-t", "nat", ...args]);
}

/** iptables arguments that remove the rules and chains whose comment names this CNI network. */
export function hostPortRemovals(listing: string, name: string): string[][] {
  const ours = listing.split("\n").filter((line) => line.includes(`name: \\"${name}\\"`) && line.startsWith("-A "));
  const rules = ours.map((line) => ["-D", ...splitRule(line.slice(3))]);
  const chains = new Set(ours.flatMap((line) => /-j (CNI-(?:DN-)?[0-9a-f]+)/.exec(line)?.[1] ?? []));
  return [
    ...rules,
    ...[...chains].flatMap((chain) => [
      ["-F", chain],
      ["-X", chain],
    ]),
  ];
}

/** iptables arguments that remove portmap's shared chains once no Pod of anyone uses them. */
export function emptyHostPortRemovals(listing: string): string[][] {
  const lines = listing.split("\n");
  if (!lines.some((line) => line.startsWith(":CNI-HOSTPORT-DNAT"))) return [];
  if (lines.some((line) => line.startsWith("-A CNI-HOSTPORT-DNAT") || line.startsWith("-A CNI-DN-"))) return [];
  const jumps = lines.filter((line) => line.startsWith("-A ") && line.includes("-j CNI-HOSTPORT-"));
  const chains = lines.flatMap((line) => /^:(CNI-HOSTPORT-\S+)/.exec(line)?.[1] ?? []);
  return [
    ...jumps.map((line) => ["-D", ...splitRule(line.slice(3))]),
    ...chains.map((chain) => ["-F", chain]),
    ...chains.map((chain) => ["-X", chain]),
  ];
}

/** Splits a rule as iptables-save prints it: at spaces, but for quoted texts with escaped quotes in them. */
export function splitRule(rule: string): string[] {
  const words = rule.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  return words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, "$1") : word));
}

/** iptables leaves the tables that it once needed; without rules they only clutter a listing. */
async function removeEmptyTables(): Promise<void> {
  const tables = await attempt("nft", ["list", "tables"]);
  for (const line of tables?.trim().split("\n") ?? []) {
    const [, family = "", name = ""] = line.split(" ");
    if (!["ip", "ip6"].includes(family) || !["filter", "nat"].includes(name)) continue;
    const content = await attempt("nft", ["list", "table", family, name]);
    if (content !== undefined && isEmptyTable(content)) await attempt("nft", ["delete", "table", family, name]);
  }
}

/** Whether a table of iptables has nothing but its built-in chains, all accepting. */
export function isEmptyTable(listing: string): boolean {
  const lines = listing.split("\n").map((line) => line.trim());
  const known = /^(#.*|table ip6? \w+ \{|chain [A-Z]+ \{|type \w+ hook \w+ priority [\w -]+; policy accept;|\})?$/;
  return lines.every((line) => known.test(line));
}

async function removeCniResults(network: Network): Promise<void> {
  const folder = "/var/lib/cni/results";
  const files = await readdir(folder).catch(() => []);
  const ours = files.filter((file) => file.startsWith(`${network.name}-`));
  const sandboxes = ours.map((file) => file.slice(network.name.length + 1).replace(/-[^-]*$/, ""));
  const loopbacks = files.filter(
    (file) => file.startsWith("cni-loopback-") && sandboxes.some((id) => file.includes(id)),
  );
  await Promise.all([...ours, ...loopbacks].map((file) => rm(join(folder, file), { force: true })));
  await attempt("rmdir", [folder]);
}

async function saveKernelSettings(): Promise<void> {
  if (existsSync(SAVED)) return;
  const values: Record<string, string> = {};
  for (const name of KERNEL_SETTINGS) {
    const value = await readFile(join("/proc/sys", name), "utf8").catch(() => undefined);
    if (value !== undefined) values[name] = value.trim();
  }
  await mkdir(MACHINE_FOLDER, { recursive: true });
  await writeFile(SAVED, JSON.stringify(values));
}

/** Puts the kernel's settings back and forgets this cluster's sockets, unless another cluster still runs. */
export async function leaveMachine(settings: Settings): Promise<void> {
  await rm(settings.paths.run, { recursive: true, force: true });
  const others = await readdir(MACHINE_FOLDER, { withFileTypes: true }).catch(() => []);
  if (others.some((entry) => entry.isDirectory())) return;
  const saved = await readFile(SAVED, "utf8").catch(() => undefined);
  if (saved !== undefined) {
    const values = JSON.parse(saved) as Record<string, string>;
    for (const [name, value] of Object.entries(values)) await writeFile(join("/proc/sys", name), value).catch(() => {});
  }
  await rm(MACHINE_FOLDER, { recursive: true, force: true });
}
