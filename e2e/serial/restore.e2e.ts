import { expect } from "chai";
import { CreateClusterCommand, DeleteClusterCommand, TagResourceCommand } from "@aws-sdk/client-ecs";
import { readdir, stat, truncate } from "node:fs/promises";
import { environment } from "../support/environment.ts";
import { kill9, makeUp } from "../support/processes.ts";
import { type Finished, run } from "../support/run.ts";
import { ecsClient } from "../support/sdk.ts";
import { eventually, uniqueName } from "../support/wait.ts";

const DATA = ".kecs/data";

interface History {
  changes: { change: string; changedAt: string; position: string }[];
}

describe("backup, archive and restore", function () {
  this.timeout(300_000);
  const ecs = ecsClient();
  const clusterName = uniqueName("restore");
  let arn: string;

  const kecs = (...args: string[]): Promise<Finished> =>
    run(process.execPath, ["bin/kecs.ts", ...args], { env: { KECS_ADMIN_ENDPOINT: environment.admin } });

  async function said(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await kecs(...args);
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  const tag = (value: string) =>
    ecs.send(new TagResourceCommand({ resourceArn: arn, tags: [{ key: "round", value }] }));
  const changes = async (): Promise<History["changes"]> =>
    (JSON.parse(await said("history", arn, "--limit", "500")) as History).changes;
  const asides = async (): Promise<string[]> =>
    (await readdir(DATA)).filter((name) => /^kecs\.duckdb\.\d{4}-.*Z$/.test(name));

  async function stopGateway(): Promise<void> {
    await kill9("gateway");
    await eventually("the gateway is gone", () =>
      fetch(`${environment.admin}/health/live`).then(
        () => false,
        () => true,
      ),
    );
  }

  before(async () => {
    // Soon enough for a test; the bound is the least that may be set.
    await makeUp("KECS_ARCHIVE_AFTER=60", "KECS_ARCHIVE_INTERVAL=1");
    const { cluster } = await ecs.send(new CreateClusterCommand({ clusterName }));
    arn = cluster?.clusterArn ?? "";
    for (const round of ["1", "2", "3"]) await tag(round);
  });
  after(async () => {
    await makeUp();
    await ecs.send(new DeleteClusterCommand({ cluster: clusterName }));
    ecs.destroy();
  });

  it("moves history into Parquet files that only their owner may read, and shows it as before", async () => {
    const before = await changes();
    const archived = `SELECT count(*) FROM archived_history WHERE name = '${clusterName}'`;
    await eventually(
      "what was replaced is archived",
      async () => expect(Number((await said("sql", "--format", "csv", archived)).split("\r\n")[1])).to.be.at.least(3),
      150_000,
      2000,
    );
    expect((await changes()).map(({ position }) => position)).to.include.members(
      before.map(({ position }) => position),
    );
    const files = await readdir(DATA, { recursive: true });
    expect(files.some((name) => /^archive\/history\/day=.*\.parquet$/.test(name))).to.equal(true);
    for (const name of files) expect((await stat(`${DATA}/${name}`)).mode & 0o077, name).to.equal(0);
  });

  it("makes a backup that it has checked", async () => {
    const made = await said("backup");
    expect(await said("backups")).to.contain(made.trim());
  });

  it("takes the history of a file that is damaged from backup and archive, and the view from the cluster", async () => {
    const before = await changes();
    const kept = (await asides()).length;
    await tag("4");
    await stopGateway();
    await truncate(`${DATA}/kecs.duckdb`, 10_000);
    await makeUp("KECS_ARCHIVE_AFTER=60", "KECS_ARCHIVE_INTERVAL=1");
    expect((await asides()).length).to.equal(kept + 1);
    expect((await changes()).map(({ changedAt }) => changedAt)).to.include.members(
      before.map(({ changedAt }) => changedAt),
    );
    expect(await said("verify")).to.match(/the view is what the cluster says/);
    const metrics = await (await fetch(`${environment.admin}/metrics`)).text();
    expect(metrics).to.match(/^kecs_db_set_aside_total\{[^}]*\} 1$/m);
  });

  it("goes back to a time, and on from there", async () => {
    const before = await changes();
    const [, , third] = before.toReversed();
    const refused = await kecs("restore", "--at", third?.changedAt ?? "");
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/is in use by another process/);
    await stopGateway();
    const restored = await said("restore", "--at", third?.changedAt ?? "");
    expect(restored)
      .to.match(/^restored: \d+ changes, the last of/)
      .and.to.contain("is kept as");
    await makeUp();
    const times = (await changes()).map(({ changedAt }) => changedAt);
    expect(times.slice(-3)).to.deep.equal(before.slice(-3).map(({ changedAt }) => changedAt));
    expect(times).to.not.include(before.at(-4)?.changedAt);
    expect(await said("verify")).to.match(/the view is what the cluster says/);
    const health = (await (await fetch(`${environment.admin}/health/database`)).json()) as { status: string };
    expect(health.status).to.equal("ok");
  });
});
