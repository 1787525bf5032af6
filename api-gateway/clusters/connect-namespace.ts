import { discoveryId, discoveryNamespaceArn } from "#lib/ecs/traffic/discovery.ts";
import { EcsError } from "#lib/errors.ts";
import type { ECSDiscoveryNamespace } from "#model/generated/servicediscovery/resources.generated.ts";
import { createNamespace } from "../discovery/namespaces.ts";
import { allNamespaces } from "../discovery/resources.ts";
import type { Call, Deps } from "../operation.ts";

/**
 * The Cloud Map namespace that a call names for Service Connect, by name or ARN.
 * @throws EcsError `NamespaceNotFoundException`.
 */
export async function requireConnectNamespace(
  reference: string,
  deps: Pick<Deps, "kube">,
  { signal }: Pick<Call, "signal">,
): Promise<ECSDiscoveryNamespace> {
  const found = await find(reference, deps, signal);
  if (found === undefined) throw namespaceNotFound(reference);
  return found;
}

/** `NamespaceNotFoundException`. */
export function namespaceNotFound(reference: string): EcsError {
  return new EcsError("NamespaceNotFoundException", `The specified namespace ${reference} was not found.`);
}

/**
 * What a cluster has as its default: a namespace that is there, or, where the call gives a new name, one of type HTTP that
 * is made for it.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterServiceConnectDefaultsRequest.html
 * @returns its ARN
 * @throws EcsError `NamespaceNotFoundException` for an ARN of none.
 */
export async function defaultNamespace(
  reference: string,
  deps: Pick<Deps, "kube" | "identity">,
  call: Pick<Call, "signal">,
): Promise<string> {
  const isArn = reference.startsWith("arn:");
  const { metadata } = isArn
    ? await requireConnectNamespace(reference, deps, call)
    : ((await find(reference, deps, call.signal)) ??
      (await createNamespace({ name: reference, type: "HTTP" }, deps, call.signal)));
  return discoveryNamespaceArn(deps.identity, metadata.name ?? "");
}

/**
 * What services may call one namespace: its name and its ARN. A name of no namespace is what it is: services made with
 * kubectl need none.
 * @throws EcsError `NamespaceNotFoundException` for an ARN of none.
 */
export async function namesOfNamespace(
  reference: string,
  deps: Pick<Deps, "kube" | "identity">,
  call: Pick<Call, "signal">,
): Promise<{ names: string[]; exists: boolean }> {
  const found = reference.startsWith("arn:")
    ? await requireConnectNamespace(reference, deps, call)
    : await find(reference, deps, call.signal);
  if (found === undefined) return { names: [reference], exists: false };
  return { names: [found.spec.name, discoveryNamespaceArn(deps.identity, found.metadata.name ?? "")], exists: true };
}

async function find(
  reference: string,
  deps: Pick<Deps, "kube">,
  signal: AbortSignal,
): Promise<ECSDiscoveryNamespace | undefined> {
  const id = discoveryId("namespace", reference);
  const all = await allNamespaces(deps, signal);
  return all.find(({ metadata, spec }) => (id === undefined ? spec.name === reference : metadata.name === id));
}
