/** Root file systems made of Debian's packages, as an image without `apt` would have them. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, run } from "../local-cluster/command.ts";

/** Packages that only serve installation: our folders are never upgraded in place. */
const NEVER = new Set([
  "adduser",
  "debconf",
  "debconf-2.0",
  "dpkg",
  "init-system-helpers",
  "install-info",
  "iproute2",
  "libc-bin",
  "lsb-base",
  "passwd",
  "perl",
  "perl-base",
  "sysvinit-utils",
  "tar",
  "ucf",
]);

/** What nothing in a container reads. */
const UNREAD = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/bash-completion"];

/** Whether this machine can give Debian packages. */
export async function hasDebianPackages(): Promise<boolean> {
  return (await attempt("sh", ["-c", "command -v apt-get apt-cache dpkg-deb"])) !== undefined;
}

/**
 * Names with versions of packages and of all they need. The answer is kept until apt's lists change.
 *
 * @param cache folder that is kept
 */
export async function resolvePackages(wanted: string[], cache: string): Promise<string[]> {
  const lists = await stat("/var/lib/apt/lists").catch(() => undefined);
  const never = [...NEVER].join(" ");
  const key = createHash("sha256").update(`${wanted.join(" ")}\n${never}\n${lists?.mtimeMs ?? 0}`);
  const file = join(cache, "resolved", key.digest("hex").slice(0, 12));
  const known = await readFile(file, "utf8").catch(() => "");
  if (known !== "") return known.split("\n");
  // A new machine has no package lists yet.
  if ((await attempt("apt-cache", ["show", "--no-all-versions", ...wanted])) === undefined) {
    await run("apt-get", ["update", "-qq"], { timeoutMs: 600_000 });
  }
  const graph = parseDepends(await run("apt-cache", ["depends", "--recurse", "--important", ...wanted]));
  const policies = await run("apt-cache", ["policy", ...closure(graph, wanted)]);
  const packages = parseCandidates(policies);
  await mkdir(join(cache, "resolved"), { recursive: true });
  await writeFile(file, packages.join("\n"));
  return packages;
}

/** What is needed, directly or not, in order of name. */
export function closure(graph: ReadonlyMap<string, string[]>, wanted: string[]): string[] {
  const names = new Set<string>();
  const open = [...wanted];
  for (let name = open.shift(); name !== undefined; name = open.shift()) {
    if (names.has(name) || NEVER.has(name)) continue;
    names.add(name);
    open.push(...(graph.get(name) ?? []));
  }
  return [...names].sort();
}

/** The real packages that each package needs; of alternatives (`|Depends`) the last, which apt prints without bar. */
export function parseDepends(output: string): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  let needs: string[] = [];
  for (const line of output.split("\n")) {
    const dependency = /^ +(?:Pre)?Depends: ([^<\s:]+)/.exec(line)?.[1];
    if (dependency !== undefined) needs.push(dependency);
    else if (/^[^\s<]/.test(line)) graph.set(line.trim(), (needs = []));
  }
  return graph;
}

/** `name=version` of each package in the output of `apt-cache policy`; those without a candidate are virtual. */
export function parseCandidates(output: string): string[] {
  const matches = output.matchAll(/^(\S+):\n(?: .*\n)*? +Candidate: (\S+)/gm);
  return [...matches].flatMap(([, name, version]) => (version === "(none)" ? [] : [`${name}=${version}`]));
}

/** Downloads packages into a folder that is kept, so that the next time needs no network. */
export async function downloadPackages(packages: string[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const missing = packages.filter((name) => !existsSync(join(folder, stampOf(name))));
  if (missing.length > 0) {
    // As root, apt would drop to a user that cannot write here.
    const args = ["-o", "APT::Sandbox::User=root", "-qq", "download", ...missing];
    await run("apt-get", args, { cwd: folder, timeoutMs: 600_000 });
    await Promise.all(missing.map((name) => writeFile(join(folder, stampOf(name)), "")));
  }
  const files = await readdir(folder);
  return packages.map((name) => {
    const [base, version] = name.split("=");
    const prefix = `${base}_${version?.replaceAll(":", "%3a")}_`;
    const file = files.find((candidate) => candidate.startsWith(prefix) && candidate.endsWith(".deb"));
    if (file === undefined) throw new Error(`apt-get download gave no file for ${name} in ${folder}`);
    return join(folder, file);
  });
}

function stampOf(name: string): string {
  return `.${name.replaceAll(/[^\w.+-]/g, "_")}.done`;
}

/** Unpacks packages over one another, with /bin, /lib and /sbin merged into /usr as Debian has them. */
export async function unpackPackages(files: string[], root: string): Promise<void> {
  for (const name of ["bin", "lib", "lib64", "sbin"]) {
    await mkdir(join(root, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  for (const file of files) {
    await run("sh", [
      "-c",
      'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink --no-same-owner -C "$1"',
      file,
      root,
    ]);
  }
  for (const folder of UNREAD) await rm(join(root, folder), { recursive: true, force: true });
  for (const folder of ["dev", "proc", "sys", "run", "root", "etc", "tmp", "var/tmp"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await chmod(join(root, "tmp"), 0o1777);
  await chmod(join(root, "var/tmp"), 0o1777);
  await writeAccounts(root, []);
}

/** Users and name lookup, which the packages' scripts would have set up. */
export async function writeAccounts(root: string, more: { name: string; id: number; home: string }[]): Promise<void> {
  const users = [{ name: "root", id: 0, home: "/root" }, ...more, { name: "nobody", id: 65534, home: "/nonexistent" }];
  const passwd = users.map(({ name, id, home }) => `${name}:x:${id}:${id}:${name}:${home}:/bin/sh\n`);
  const group = users.map(({ name, id }) => `${name === "nobody" ? "nogroup" : name}:x:${id}:\n`);
  await writeFile(join(root, "etc/passwd"), passwd.join(""));
  await writeFile(join(root, "etc/group"), group.join(""));
  await writeFile(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
}
