import { missing } from "../services/service-records.ts";
import type { Handler } from "../operation.ts";

/**
 * Describes service deployments by ARN, also those of services that are gone. Unknown ones are failures.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html
 */
export const describeServiceDeployments: Handler<"DescribeServiceDeployments"> = async (input, { queries }) => {
  const arns = [...new Set(input.serviceDeploymentArns)];
  const found = (await queries.serviceDeployments(arns)).map(({ doc }) => doc);
  return {
    serviceDeployments: arns.flatMap((arn) => found.filter((doc) => doc.serviceDeploymentArn === arn)),
    failures: missing(
      arns,
      found.map((doc) => doc.serviceDeploymentArn),
    ),
  };
};
