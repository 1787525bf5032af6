import { expect } from "chai";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Registry } from "prom-client";
import { runSql } from "./ad-hoc-sql.ts";
import { type ApiCall, AuditTrail } from "./audit-trail.ts";
import type { Store } from "./store.ts";
import { Folder, keepingLog } from "./testing/fixtures.ts";

const PAGE = readFileSync(fileURLToPath(new URL("../docs/audit.md", import.meta.url)), "utf8");
const WEB = "arn:aws:ecs:us-east-1:000000000000:service/shop/web";

function call(operation: string, more: Partial<ApiCall> = {}): ApiCall {
  return {
    at: new Date("2026-11-24T12:00:00Z"),
    requestId: "6f1c1f38-1111-4222-8333-444455556666",
    api: "ECS",
    operation,
    mutating: true,
    accessKeyId: "AKIASHOP",
    sourceIp: "127.0.0.1",
    userAgent: "aws-cli/2",
    resources: [WEB],
    result: "OK",
    status: 200,
    latencyMs: 12.5,
    ...more,
  };
}

describe("the audit trail", () => {
  let folder: Folder;
  let store: Store;
  let registry: Registry;
  let lines: string[];

  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    registry = new Registry();
    lines = [];
  });
  afterEach(() => folder.remove());

  const trail = (more: { retentionSeconds?: number; maxWaiting?: number } = {}): AuditTrail =>
    new AuditTrail({ store, log: keepingLog(lines), metrics: registry, retentionSeconds: 1e9, ...more });
  const sql = async (text: string) => (await runSql(store, text, new AbortController().signal)).rows;
  const question = (name: string): string =>
    new RegExp(`\\*\\*${name.replace(/[?]/g, "\\?")}\\*\\*\\n\\n\`\`\`sql\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1] ??
    expect.fail(`docs/audit.md does not ask: ${name}`);

  it("answers the questions of docs/audit.md", async () => {
    const audit = trail();
    audit.record(call("CreateService"));
    audit.record(call("UpdateService", { at: new Date("2026-11-24T12:05:00Z"), accessKeyId: undefined }));
    audit.record(call("DescribeServices", { mutating: false }));
    audit.record(call("DeleteService", { resources: [], result: "ServiceNotFoundException", status: 400 }));
    await audit.close();
    expect(await sql(question("Who changed a service?"))).to.deep.equal([
      ["2026-11-24 12:00:00", "AKIASHOP", "CreateService", "OK"],
      ["2026-11-24 12:05:00", null, "UpdateService", "OK"],
    ]);
    expect(await sql(question("Which keys are refused, and why?"))).to.deep.equal([
      ["AKIASHOP", "DeleteService", "ServiceNotFoundException", "1"],
    ]);
    const [row] = await sql("FROM api_calls WHERE operation = 'CreateService'");
    expect(row).to.deep.equal([
      "2026-11-24 12:00:00",
      "ECS",
      "CreateService",
      true,
      "AKIASHOP",
      "127.0.0.1",
      "aws-cli/2",
      [WEB],
      "OK",
      200,
      12.5,
      "6f1c1f38-1111-4222-8333-444455556666",
    ]);
  });

  it("writes calls in groups, and forgets those that are too old", async () => {
    const audit = trail({ retentionSeconds: 60 });
    audit.record(call("Old"));
    for (let index = 0; index < 5000; index++) audit.record(call("New", { at: new Date() }));
    await audit.close();
    expect(await sql("SELECT operation, count(*) FROM api_calls GROUP BY ALL")).to.deep.equal([["New", "5000"]]);
    expect(await registry.metrics()).to.match(/kecs_audit_calls_total\{kind="mutating"\} 5001/);
  });

  it("waits for a database that is not there, and then has everything once", async function () {
    this.timeout(10_000);
    const audit = trail();
    store.close();
    audit.record(call("Waits"));
    for (let attempt = 0; lines.length === 0 && attempt < 100; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(lines[0]).to.equal("API calls cannot be kept; they wait");
    await store.reopen();
    audit.record(call("Follows"));
    await audit.close();
    expect(await sql("SELECT operation FROM api_calls ORDER BY ALL")).to.deep.equal([["Follows"], ["Waits"]]);
  });

  it("drops reads first, and says whole in the log what changed something", async () => {
    const audit = trail({ maxWaiting: 3 });
    store.close();
    for (const mutating of [true, false, true, false, true, true]) audit.record(call("X", { mutating }));
    await audit.close();
    const metrics = await registry.metrics();
    expect(metrics).to.match(/kecs_audit_dropped_total\{kind="read"\} 2/);
    expect(metrics).to.match(/kecs_audit_dropped_total\{kind="mutating"\} 4/);
    expect(lines.filter((line) => line === "API call is not in the audit trail")).to.have.length(4);
  });
});
