import { missing } from "../services/service-records.ts";
import type { Handler } from "../operation.ts";

/**
 * Describes service revisions by ARN, also those of services that are gone. Unknown ones are failures.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html
 */
export const describeServiceRevisions: Handler<"DescribeServiceRevisions"> = async (input, { queries }) => {
  const arns = [...new Set(input.serviceRevisionArns)];
  const found = (await queries.serviceRevisions(arns)).map(({ doc }) => doc);
  return {
    serviceRevisions: arns.flatMap((arn) => found.filter((doc) => doc.serviceRevisionArn === arn)),
    failures: missing(
      arns,
      found.map((doc) => doc.serviceRevisionArn),
    ),
  };
};
