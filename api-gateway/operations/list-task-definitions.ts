import { pageOf } from "../common/page.ts";
import type { Handler } from "../operation.ts";

const PAGE_SIZE = 100;

/**
 * Lists the ARNs of revisions, ACTIVE ones unless another status is asked for; `familyPrefix` is a whole family name.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
 */
export const listTaskDefinitions: Handler<"ListTaskDefinitions"> = async (input, { queries }) => {
  const { familyPrefix: family, status = "ACTIVE", sort = "ASC" } = input;
  const filter = { status, sort, ...(family !== undefined && { family }) };
  const { entries, ...next } = await pageOf("ListTaskDefinitions", input, PAGE_SIZE, (page) =>
    queries.listTaskDefinitions(filter, page),
  );
  return { taskDefinitionArns: entries, ...next };
};
