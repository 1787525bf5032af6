import { type ParsedArn, parseArn } from "#lib/ecs/arns.ts";
import { clusterNotFound, EcsError, invalidParameter } from "#lib/errors.ts";
import type { ResourceType } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Ref } from "#projector/queries.ts";
import type { Deps } from "../operation.ts";
import { findTaskDefinition } from "../task-definitions/find-task-definition.ts";

/** The resource behind an ARN whose tags can be read and changed. */
export interface Taggable {
  readonly resource: ResourceType;
  readonly ref: Ref;
  /** The ARN as the read side has it. */
  readonly arn: string;
}

interface FoundByArn {
  readonly resource: ResourceType;
  readonly ref: Ref;
  readonly arn: string | undefined;
}

type Finder = (deps: Pick<Deps, "queries">, path: readonly string[], arn: string) => Promise<FoundByArn | undefined>;

const finders: Readonly<Record<string, Finder>> = {
  async cluster({ queries }, path) {
    const found = await queries.cluster(path.join("/"));
    return found && { resource: RESOURCES.ECSCluster, ref: found.ref, arn: found.doc.clusterArn };
  },
  async service({ queries }, [cluster = "", name = ""]) {
    const found = await queries.service(cluster, name);
    return found && { resource: RESOURCES.ECSService, ref: found.ref, arn: found.doc.serviceArn };
  },
  async task({ queries }, [cluster = "", id = ""]) {
    const found = await queries.task(cluster, id);
    return found && { resource: RESOURCES.ECSTask, ref: found.ref, arn: found.doc.taskArn };
  },
  async "capacity-provider"({ queries }, path) {
    const [found] = await queries.capacityProviders([path.at(-1) ?? ""]);
    return found && { resource: RESOURCES.ECSCapacityProvider, ref: found.ref, arn: found.doc.capacityProviderArn };
  },
  async "task-definition"(deps, _path, arn) {
    const found = await findTaskDefinition(deps, arn);
    return found && { resource: RESOURCES.ECSTaskDefinition, ref: found.ref, arn: found.doc.taskDefinitionArn };
  },
};

/** Types that have a cluster in their ARN, whose old form without it cannot be tagged. */
const LONG_ARN_TYPES: ReadonlySet<string> = new Set(["service", "task", "container-instance"]);

/**
 * Finds the cluster, service, task, task definition revision or capacity provider of an ARN.
 * @throws EcsError `InvalidParameterException` for what is no such ARN or is INACTIVE, `ClusterNotFoundException` or
 *   `ResourceNotFoundException` for what is not there.
 */
export async function requireTaggable(deps: Pick<Deps, "queries">, resourceArn: string): Promise<Taggable> {
  const parsed = parseArn(resourceArn);
  const find = parsed && finders[parsed.type];
  if (parsed === undefined || find === undefined) throw invalidParameter(`Invalid resource ARN: ${resourceArn}`);
  checkPath(parsed, resourceArn);
  const found = await find(deps, parsed.path, resourceArn);
  if (found?.arn === undefined) throw notFound(parsed.type);
  const { resource, ref, arn } = found;
  if (ref.deleted) {
    const what = parsed.type.replace("-", " ");
    throw invalidParameter(`The specified ${what} is inactive. Specify an active ${what} and try again.`);
  }
  return { resource, ref, arn };
}

function checkPath({ type, path }: ParsedArn, resourceArn: string): void {
  if (LONG_ARN_TYPES.has(type) && path.length === 1) {
    throw invalidParameter("Long arn format must be used for tagging operations");
  }
  if (type === "task-definition" && !/:\d+$/.test(resourceArn)) {
    throw invalidParameter(`Invalid resource ARN: ${resourceArn} has no revision`);
  }
}

function notFound(type: string): EcsError {
  if (type === "cluster") return clusterNotFound();
  return new EcsError("ResourceNotFoundException", `The specified ${type.replace("-", " ")} was not found.`);
}
