/** A control group of our own for the kubelet's Pods: a kubelet ends whatever it does not know in the group it is given. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const BASE = "/sys/fs/cgroup";

/** The group's name, as the kubelet's `cgroupRoot` wants it. */
export function cgroupRoot(name: string): string {
  return `/${name}`;
}

/** Makes the group in every hierarchy. */
export async function raiseCgroups(name: string): Promise<void> {
  if (existsSync(join(BASE, "cgroup.controllers"))) await delegateControllers();
  for (const hierarchy of await hierarchies()) await mkdir(join(hierarchy, name), { recursive: true });
}

/** Removes the group with all that it holds, which must have no processes any more. */
export async function removeCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, name));
}

/** Version 2 has one hierarchy, whose groups have only the controllers that their parent passes on. */
async function delegateControllers(): Promise<void> {
  const available = (await readFile(join(BASE, "cgroup.controllers"), "utf8")).trim().split(" ");
  const wanted = available.map((controller) => `+${controller}`).join(" ");
  await writeFile(join(BASE, "cgroup.subtree_control"), wanted);
}

async function hierarchies(): Promise<string[]> {
  if (existsSync(join(BASE, "cgroup.controllers"))) return [BASE];
  const entries = await readdir(BASE, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(BASE, entry.name));
}

async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await rmdir(folder).catch(() => {});
}
