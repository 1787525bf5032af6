import { EcsError } from "#lib/errors.ts";
import type { ListServiceDeploymentsRequest } from "#model/generated/types.generated.ts";
import type { ServiceDeploymentFilter } from "#projector/queries.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { pageOf } from "../common/page.ts";
import { shortNameOf } from "../common/references.ts";
import type { Handler } from "../operation.ts";
import { briefOf } from "../services/service-records.ts";

const PAGE_SIZE = 20;
/** For so long ECS shows the deployments of a service. */
const SHOWN_MS = 90 * 24 * 3_600_000;

/**
 * Lists the deployments of a service of the last 90 days, newest first, filtered and in pages; also of a service that
 * is gone, until another one takes its name.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
 */
export const listServiceDeployments: Handler<"ListServiceDeployments"> = async (input, deps) => {
  const { queries } = deps;
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const service = await queries.service(cluster, shortNameOf("service", input.service, cluster));
  if (service === undefined) throw new EcsError("ServiceNotFoundException", "Service not found.");
  const filter = filterOf(input, service.ref.uid, deps.now());
  const { entries, nextToken } = await pageOf("ListServiceDeployments", input, PAGE_SIZE, (page) =>
    queries.listServiceDeployments(filter, page),
  );
  const found = (await queries.serviceDeployments(entries)).map(({ doc }) => briefOf(doc));
  const serviceDeployments = entries.flatMap((arn) => found.filter((doc) => doc.serviceDeploymentArn === arn));
  return { serviceDeployments, ...(nextToken !== undefined && { nextToken }) };
};

function filterOf(
  { status, createdAt }: ListServiceDeploymentsRequest,
  serviceUid: string,
  now: Date,
): ServiceDeploymentFilter {
  const since = Math.max(now.getTime() - SHOWN_MS, timeOf(createdAt?.after) ?? 0);
  const before = timeOf(createdAt?.before);
  return {
    serviceUid,
    since: new Date(since),
    ...(status !== undefined && { statuses: status }),
    ...(before !== undefined && { before: new Date(before) }),
  };
}

/** Epoch seconds, as the API has them, in milliseconds. */
const timeOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;
