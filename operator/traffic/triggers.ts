import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { discoveryId, isConnected } from "#lib/ecs/traffic/discovery.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { sharedNames } from "./shared-names.ts";

/** Wakes services when something changes that brings traffic to them: what was made for it, and what they share. */
export function wakeForTraffic(
  { informers }: Pick<Deps, "informers">,
  enqueue: (key: string, afterMs?: number) => void,
): void {
  const { services, taskSets } = informers;
  const wake = (found: readonly ECSService[]): void => {
    for (const service of found) enqueue(keyOf(refOf(service)));
  };

  informers.kubeServices.onChange(({ before, after }) => {
    const { namespace = "", ownerReferences = [] } = (after ?? before)?.metadata ?? {};
    for (const { kind, name } of ownerReferences) {
      if (kind === RESOURCES.ECSService.kind) enqueue(keyOf({ namespace, name }));
    }
  });
  services.onChange(({ before, after }) => {
    if (before && after && asksForTheSame(before, after)) return;
    if (after) enqueue(keyOf(refOf(after)));
    const names = new Set([before, after].flatMap((service) => (service ? sharedNames(service) : [])));
    for (const name of names) wake(services.byIndex(INDEX.traffic, name));
  });
  const uses = ({ serviceRegistries = [] }: Pick<ECSService["spec"], "serviceRegistries">, id: string): boolean =>
    serviceRegistries.some(({ registryArn }) => discoveryId("service", registryArn ?? "") === id);
  const usersOf = (id: string): ECSService[] => {
    const ofTaskSets = taskSets
      .list()
      .filter(({ spec }) => uses(spec, id))
      .flatMap((taskSet) => services.get(taskSet.metadata.namespace, controllerOf(taskSet)?.name ?? "") ?? []);
    return [...services.list().filter(({ spec }) => uses(spec, id)), ...ofTaskSets];
  };
  informers.discoveryServices.onChange(({ key }) => wake(usersOf(key)));
  informers.discoveryNamespaces.onChange(({ key }) => {
    for (const { metadata, spec } of informers.discoveryServices.list()) {
      if (spec.namespace === key) wake(usersOf(metadata.name ?? ""));
    }
    wake(services.byIndex(INDEX.connected, "yes"));
  });
  informers.clusters.onChange(({ before, after }) => {
    const [was, is] = [before, after].map((cluster) => cluster?.spec.serviceConnectDefaults?.namespace);
    if (was === is) return;
    wake(services.byIndex(INDEX.connected, "yes").filter(({ spec }) => isConnected(spec.serviceConnectConfiguration)));
  });
}

const NOTES = [
  ANNOTATIONS.exposure,
  ANNOTATIONS.hostnames,
  ANNOTATIONS.targetGroupPort,
  ANNOTATIONS.deregistrationDelay,
];

function asksForTheSame({ metadata: was }: ECSService, { metadata: is }: ECSService): boolean {
  return (
    was.generation === is.generation &&
    was.deletionTimestamp === is.deletionTimestamp &&
    NOTES.every((name) => was.annotations?.[name] === is.annotations?.[name])
  );
}
