import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../local-cluster/command.ts";
import { PATH } from "./archive.ts";
import { packagesLayer } from "./debian-layer.ts";
import type { RecipeMaker } from "./recipe.ts";

/** BusyBox with every command of it as a link, on the C library, so that names resolve as in any container. */
export const busybox: RecipeMaker = async (workshop) => ({
  name: "busybox",
  tags: ["latest", "1", "1.35", "1.36", "1.37", "stable"].map((tag) => `docker.io/library/busybox:${tag}`),
  config: { Env: [PATH], Cmd: ["sh"] },
  layers: [
    await packagesLayer({ name: "busybox", packages: ["busybox"], source: import.meta.filename, finish }, workshop),
  ],
});

async function finish(root: string): Promise<void> {
  await mkdir(join(root, "var/www"), { recursive: true });
  const commands = await run(join(root, "bin/busybox"), ["--list"]);
  for (const command of commands.trim().split("\n")) {
    if (command !== "busybox") await symlink("busybox", join(root, "usr/bin", command));
  }
}
