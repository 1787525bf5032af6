import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { KubeClient } from "#lib/kube/client.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type KubeObject, RESOURCE } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";
import { eventually } from "../support/wait.ts";
import type { ControlPlane } from "./control-plane.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Starts an operator on a control plane that another one may have left without notice. */
export async function startOperator(
  plane: ControlPlane,
  client: KubeClient,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  // A process that was killed has left its Lease behind, which would have to run out first.
  await client.delete(RESOURCE.leases, { namespace: "kecs-system", name: "kecs-operator" });
  return spawn(process.execPath, [join(ROOT, "operator/main.ts")], {
    env: {
      ...process.env,
      KECS_KUBECONFIG: plane.kubeconfig,
      KECS_OPERATOR_ADMIN_PORT: "0",
      KECS_LOG_LEVEL: "error",
      ...env,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Installs the custom resources and waits until they are served. */
export async function installCrds(client: KubeClient): Promise<void> {
  for (const file of await readdir(join(ROOT, "crds"))) {
    const crd = parse(await readFile(join(ROOT, "crds", file), "utf8")) as KubeObject;
    await client.create(RESOURCE.customresourcedefinitions, crd);
  }
  await eventually("the kinds are served", async () => {
    for (const resource of [...Object.values(RESOURCES), ...Object.values(DISCOVERY_RESOURCES)]) {
      const served = await client.list(resource).then(
        () => true,
        (error: unknown) => {
          if (isNotFound(error)) return false;
          throw error;
        },
      );
      if (!served) return false;
    }
    return true;
  });
}
