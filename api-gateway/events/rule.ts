import { DEFAULT_GROUP, type RuleWithTargets } from "#lib/ecs/describe/schedule.ts";
import { EcsError } from "#lib/errors.ts";
import type { Tag } from "#model/generated/events/types.generated.ts";
import type { Tag as EcsTag } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps } from "../operation.ts";

/** @throws EcsError `ResourceNotFoundException` for a bus that is not the default one: there are no others */
export function checkBus(bus: string | undefined): void {
  const name = bus?.replace(/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\//, "") ?? DEFAULT_GROUP;
  if (name !== DEFAULT_GROUP) throw notFound(`Event bus ${name} does not exist.`);
}

/** @throws EcsError `ResourceNotFoundException` */
export async function requireRule(
  { queries }: Pick<Deps, "queries">,
  name: string,
  bus: string | undefined,
): Promise<Found<RuleWithTargets>> {
  checkBus(bus);
  const found = await queries.rule(name);
  if (found === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${DEFAULT_GROUP}.`);
  return found;
}

/** The rule of an ARN. @throws EcsError `ResourceNotFoundException` */
export function requireRuleByArn(deps: Pick<Deps, "queries">, arn: string): Promise<Found<RuleWithTargets>> {
  const name = /^arn:[^:]+:events:[^:]*:[^:]*:rule\/(?:default\/)?([^/]+)$/.exec(arn)?.[1];
  if (name === undefined) throw notFound(`${arn} is no rule.`);
  return requireRule(deps, name, undefined);
}

function notFound(message: string): EcsError {
  return new EcsError("ResourceNotFoundException", message);
}

export const ecsTags = (tags: readonly Tag[]): EcsTag[] => tags.map(({ Key, Value }) => ({ key: Key, value: Value }));

export const eventsTags = (tags: readonly EcsTag[]): Tag[] =>
  tags.map(({ key = "", value = "" }) => ({ Key: key, Value: value }));
