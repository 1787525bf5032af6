import { assert } from "chai";
import type { Page } from "#projector/queries.ts";
import { pageOf } from "./page.ts";

const all = ["a", "b", "c", "d", "e"];
const list = async ({ after = "", limit }: Page): Promise<string[]> =>
  all.filter((entry) => entry > after).slice(0, limit);

/** The message with which the page is refused. */
async function refusal(page: Promise<unknown>): Promise<string> {
  return page.then(
    () => "accepted",
    (error: Error) => error.message,
  );
}

describe("pages", () => {
  it("follow each other until the end", async () => {
    const seen: string[][] = [];
    let nextToken: string | undefined;
    do {
      const page = await pageOf("ListTasks", { maxResults: 2, ...(nextToken && { nextToken }) }, 100, list);
      seen.push(page.entries);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(seen, [["a", "b"], ["c", "d"], ["e"]]);
  });

  it("have no token when they end with the list", async () => {
    assert.deepEqual(await pageOf("ListTasks", { maxResults: 5 }, 100, list), { entries: all });
    assert.deepEqual(await pageOf("ListTasks", {}, 100, list), { entries: all });
  });

  it("refuse tokens of other requests and no tokens at all", async () => {
    const family = { family: "web" };
    const { nextToken = "" } = await pageOf("ListTasks", { ...family, maxResults: 2 }, 100, list);
    assert.equal(await refusal(pageOf("ListTasks", { ...family, nextToken, maxResults: 1 }, 100, list)), "accepted");
    assert.match(await refusal(pageOf("ListTasks", { nextToken }, 100, list)), /^Invalid nextToken/);
    assert.match(await refusal(pageOf("ListServices", { ...family, nextToken }, 10, list)), /^Invalid nextToken/);
    for (const token of ["", "x", "bnVsbA"]) {
      assert.match(await refusal(pageOf("ListTasks", { nextToken: token }, 100, list)), /^Invalid nextToken/);
    }
  });
});
