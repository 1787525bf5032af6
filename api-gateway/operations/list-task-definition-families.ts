import { pageOf } from "../common/page.ts";
import type { Handler } from "../operation.ts";

const PAGE_SIZE = 100;

/**
 * Lists the names of families: with an ACTIVE revision, without any, or (unless asked otherwise) both.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitionFamilies.html
 */
export const listTaskDefinitionFamilies: Handler<"ListTaskDefinitionFamilies"> = async (input, { queries }) => {
  const { familyPrefix: prefix, status = "ALL" } = input;
  const filter = { status, ...(prefix !== undefined && { prefix }) };
  const { entries, ...next } = await pageOf("ListTaskDefinitionFamilies", input, PAGE_SIZE, (page) =>
    queries.listFamilies(filter, page),
  );
  return { families: entries, ...next };
};
