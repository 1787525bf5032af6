/**
 * client-node's `KubeConfig` without the API clients that client-node generates for every kind of Kubernetes: KubeConfig
 * takes two functions from their index, and the index loads them all, 65 MiB for each process, of which nothing is used here.
 */
import { registerHooks } from "node:module";

const CONFIG = /\/@kubernetes\/client-node\/dist\/config\.js$/;
const GENERATED = "./gen/index.js";

const hooks = registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== GENERATED || !CONFIG.test(context.parentURL ?? "")) return nextResolve(specifier, context);
    return { url: import.meta.resolve("./kube-config-generated.ts"), format: "module-typescript", shortCircuit: true };
  },
});
export const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
export type KubeConfig = InstanceType<typeof KubeConfig>;
hooks.deregister();
