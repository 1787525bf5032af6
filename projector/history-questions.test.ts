import { expect } from "chai";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runSql } from "./ad-hoc-sql.ts";
import type { Store } from "./store.ts";
import { fill } from "./testing/fill.ts";
import { Folder } from "./testing/fixtures.ts";
import { kubernetesStory } from "./testing/kubernetes-story.ts";
import { ARN, story } from "./testing/story.ts";

const PAGE = readFileSync(fileURLToPath(new URL("../docs/history.md", import.meta.url)), "utf8");
const DAY = "2026-11-24";
const task = (id: string): string => `${ARN}:task/shop/${id}`;

/** The page's questions, and what the story of testing/story.ts answers. */
const ANSWERS: Record<string, unknown[][]> = {
  "Why did tasks stop?": [
    ["EssentialContainerExited", "Essential container in task exited", "1"],
    ["ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)", "1"],
  ],
  "Which containers failed, and how?": [
    [`${DAY} 12:03:00`, "web", "app", 137, "OutOfMemoryError: Container killed due to memory usage"],
  ],
  "Why did this task die, as Kubernetes tells it?": [
    [`${DAY} 12:00:00`, "Pod", "Pending; app: waiting, ContainerCreating"],
    [`${DAY} 12:00:02`, "Event", "Normal Scheduled: Successfully assigned ecs-shop/bbb to node-2"],
    [`${DAY} 12:01:00`, "Pod", "Running on node-2; app: running"],
    [`${DAY} 12:02:55`, "Pod", "Failed on node-2; app: terminated, OOMKilled, exit code 137"],
    [`${DAY} 12:02:56`, "Event", "Warning OOMKilling: Memory cgroup out of memory: Killed process 4711"],
    [`${DAY} 12:03:00`, "Pod", null],
  ],
  "Which deployments failed?": [[`${DAY} 12:05:00`, "web", "web:2", 3]],
  "When was a service scaled or given another task definition?": [
    [`${DAY} 11:30:00`, 1, 2, "web:1", "web:1"],
    [`${DAY} 12:00:00`, 2, 2, "web:1", "web:2"],
    [`${DAY} 12:10:00`, 2, 2, "web:2", "web:1"],
  ],
  "Which tasks were slow to start, and was it the pull?": [
    ["web:2", task("bbb"), 60, 50],
    ["web:1", task("aaa"), 10, 8],
  ],
  "How long do tasks of a task definition run?": [
    ["web:1", "1", 7200, 7200],
    ["web:2", "1", 120, 120],
  ],
  "What ran at some time?": [
    ["web:1", "node-1", task("aaa")],
    ["web:2", "node-2", task("bbb")],
  ],
  "What did a service say around the time of an incident?": [
    [`${DAY} 12:05:00`, "(service web) (deployment ecs-svc/2) deployment failed."],
  ],
  "Who made what?": [[`${DAY} 10:00:00`, "ECSCluster", `${ARN}:cluster/shop`, "AKIASHOP"]],
  "What was deleted on a day?": [
    [`${DAY} 14:00:00`, "ECSTask", task("bbb")],
    [`${DAY} 15:00:00`, "ECSService", `${ARN}:service/shop/web`],
  ],
};

describe("the questions of docs/history.md", () => {
  let folder: Folder;
  let store: Store;
  before(async () => {
    folder = new Folder();
    store = await folder.open();
    await fill(store, story(), kubernetesStory());
  });
  after(() => folder.remove());

  const sql = (text: string) => runSql(store, text, new AbortController().signal);
  const questions = [...PAGE.matchAll(/^\*\*(.+)\*\*\n\n```sql\n([\s\S]*?)```/gm)].map(
    ([, question = "", text = ""]) => [question, text] as const,
  );

  it("are each answered here", () => {
    expect(questions.map(([question]) => question)).to.deep.equal(Object.keys(ANSWERS));
  });

  for (const [question, text] of questions) {
    it(question, async () => {
      expect((await sql(text)).rows).to.deep.equal(ANSWERS[question]);
    });
  }

  it("name views that are there, and every view answers", async () => {
    const { rows } = await sql("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1");
    const views = rows.map(([name]) => name as string);
    for (const view of views) await sql(`FROM ${view}`);
    const named = [...PAGE.matchAll(/^\| `([^|]+)` \|/gm)].flatMap(([, names = ""]) => names.split(/`, `/));
    const tables = named.filter((name) => /^[a-z_]+$/.test(name));
    expect(tables).to.include.members(["task_stops", "changes"]);
    for (const table of tables) await sql(`FROM ${table} LIMIT 1`);
  });

  it("show each status of a task once, with how long the one before lasted", async () => {
    const { rows } = await sql(
      `SELECT status_before, status, seconds_before FROM task_status_changes WHERE task_arn = '${task("aaa")}' ORDER BY changed_at`,
    );
    expect(rows).to.deep.equal([
      [null, "PENDING", null],
      ["PENDING", "RUNNING", 10],
      ["RUNNING", "STOPPED", 7190],
    ]);
  });
});
