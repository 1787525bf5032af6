import { labelValue } from "#lib/ecs/labels.ts";
import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { providerNameOf } from "#lib/ecs/node-pool.ts";
import type { Change } from "#lib/kube/informer.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import { keyOf, parseKey, refOf } from "#lib/kube/resources.ts";
import type { ECSTaskSet } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { uses, wakeServices } from "../service/triggers.ts";
import { wakeForTraffic } from "../traffic/triggers.ts";

/** Wakes task sets when something changes that they depend on: all that their service depends on, and what is theirs. */
export function wakeTaskSets(
  deps: Pick<Deps, "informers" | "now">,
  enqueue: (key: string, afterMs?: number) => void,
): void {
  const { services, taskSets, deployments, taskDefinitions, capacityProviders } = deps.informers;
  const wake = (found: readonly ECSTaskSet[], afterMs?: number): void => {
    for (const taskSet of found) enqueue(keyOf(refOf(taskSet)), afterMs);
  };
  const wakeThoseOf = (namespace: string, service: string, afterMs?: number): void =>
    wake(taskSets.byIndex(INDEX.service, `${namespace}/${labelValue(service)}`), afterMs);

  taskSets.onChange((change) => {
    if (isWorthALook(change)) enqueue(change.key);
  });
  services.onChange(({ before, after }) => {
    const service = after ?? before;
    if (service && (before === undefined || after === undefined)) {
      wakeThoseOf(service.metadata.namespace ?? "", serviceNameOf(service));
    }
  });
  const wakeThoseOfKey = (key: string, afterMs?: number): void => {
    const { namespace = "", name } = parseKey(key);
    const service = services.get(namespace, name);
    if (service) wakeThoseOf(namespace, serviceNameOf(service), afterMs);
  };
  wakeServices(deps, wakeThoseOfKey);
  wakeForTraffic(deps, wakeThoseOfKey);
  deployments.onChange(({ before, after }) => {
    const deployment = after ?? before;
    const owner = controllerOf(deployment ?? {});
    if (owner?.kind === "ECSTaskSet") enqueue(keyOf({ namespace: deployment?.metadata?.namespace, name: owner.name }));
  });
  capacityProviders.onChange(({ before, after }) => {
    const provider = after ?? before;
    if (!provider || (before && after && before.metadata.generation === after.metadata.generation)) return;
    const name = providerNameOf(provider);
    wake(taskSets.list().filter(({ spec }) => uses(spec, name)));
  });
  taskDefinitions.onChange(({ before, after }) => {
    const family = (after ?? before)?.spec.family;
    if (family) wake(taskSets.byIndex(INDEX.family, family));
  });
}

/** Not its own status: that is written here. */
function isWorthALook({ before, after }: Change<ECSTaskSet>): boolean {
  if (before === undefined || after === undefined) return true;
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    controllerOf(before)?.uid !== controllerOf(after)?.uid
  );
}
