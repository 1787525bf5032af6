import { expect } from "chai";
import {
  CreateServiceCommand,
  DescribeServicesCommand,
  ListTasksCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "./support/ecs-fixture.ts";
import { environment } from "./support/environment.ts";
import { type Finished, run } from "./support/run.ts";
import { eventually } from "./support/wait.ts";

describe("history", function () {
  this.timeout(180_000);
  let fixture: EcsFixture;
  let arn: string;
  let beforeUpdate: string;

  before(async () => {
    fixture = await ecsFixture("history");
    const { client, cluster } = fixture;
    const taskDefinition = await fixture.register("web", [shell(SLEEP)]);
    const { service } = await client.send(
      new CreateServiceCommand({ cluster, serviceName: "web", taskDefinition, desiredCount: 1 }),
    );
    arn = service?.serviceArn ?? "";
    await waitUntilServicesStable(patience(client), { cluster, services: ["web"] });
    beforeUpdate = new Date().toISOString();
    await client.send(new UpdateServiceCommand({ cluster, service: "web", desiredCount: 2 }));
    await waitUntilServicesStable(patience(client), { cluster, services: ["web"] });
  });
  after(() => fixture.dispose());

  /** The command line, as users call it. */
  const kecs = (args: readonly string[], input = ""): Promise<Finished> =>
    run(process.execPath, ["bin/kecs.ts", ...args], { env: { KECS_ADMIN_ENDPOINT: environment.admin }, input });
  async function answer<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await kecs(args);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as T;
  }

  it("has every change of a service, with what changed", async () => {
    const { changes } = await answer<{
      changes: { change: string; differences?: { path: string; from?: unknown; to?: unknown }[] }[];
    }>("history", arn, "--limit", "500");
    expect(changes.at(-1)?.change).to.equal("ADDED");
    const scaled = changes
      .flatMap(({ differences = [] }) => differences)
      .filter(({ path }) => path === "spec.desiredCount");
    expect(scaled).to.deep.equal([{ path: "spec.desiredCount", from: 1, to: 2 }]);
  });

  it("has what Kubernetes told of a service and its tasks, without values of variables", async () => {
    type Told = { kubernetes: { kind: string; change: string; summary?: string }[] };
    const summaries = ({ kubernetes }: Told) => kubernetes.map(({ kind, summary = "" }) => `${kind} ${summary}`);
    const ofService = summaries(await answer<Told>("history", arn, "--limit", "500", "--with-kubernetes"));
    expect(ofService).to.include("Deployment 2 wanted, 2 made, 2 ready");
    expect(ofService).to.include("ReplicaSet 2 wanted, 2 made, 2 ready");
    expect(ofService.join("\n")).to.match(/^Event Normal ScalingReplicaSet: /m);
    const { taskArns: [task = ""] = [] } = await fixture.client.send(
      new ListTasksCommand({ cluster: fixture.cluster, serviceName: "web" }),
    );
    const ofTask = summaries(await answer<Told>("history", task, "--limit", "500", "--with-kubernetes"));
    expect(ofTask.join("\n")).to.match(/^Pod Running on .*: running$/m);
    expect(ofTask.join("\n")).to.match(/^Event Normal Scheduled: /m);
    const values = `SELECT count(*) FROM kubernetes_changes WHERE cluster_name = '${fixture.cluster}' AND spec LIKE '%"value":%'`;
    expect((await answer<{ rows: unknown[][] }>("sql", "--format", "json", values)).rows).to.deep.equal([["0"]]);
  });

  it("describes a service as it was, and as DescribeServices has it now", async () => {
    const then = await answer<{ state: { desiredCount: number; runningCount: number } }>(
      "describe",
      arn,
      "--as-of",
      beforeUpdate,
    );
    expect(then.state).to.include({ desiredCount: 1, runningCount: 1 });
    const { services } = await fixture.client.send(
      new DescribeServicesCommand({ cluster: fixture.cluster, services: ["web"] }),
    );
    const now = await answer<{ state: { desiredCount: number; events: { id: string }[] } }>("describe", arn);
    expect(now.state.desiredCount).to.equal(services?.[0]?.desiredCount);
    expect(now.state.events.map(({ id }) => id)).to.deep.equal(services?.[0]?.events?.map(({ id }) => id));
  });

  it("says what changed between two times", async () => {
    const { differences } = await answer<{ differences: unknown[] }>("changes", arn, "--from", beforeUpdate);
    expect(differences).to.deep.include({ path: "desiredCount", from: 1, to: 2 });
    expect(differences).to.deep.include({ path: "runningCount", from: 1, to: 2 });
  });

  it("answers SQL, as a table, CSV or JSON, from an argument or standard input", async () => {
    const where = `WHERE cluster_name = '${fixture.cluster}'`;
    const updates = await answer<{ rows: unknown[][] }>(
      "sql",
      "--format",
      "json",
      `SELECT desired_count_before, desired_count FROM service_updates ${where}`,
    );
    expect(updates.rows).to.deep.equal([[1, 2]]);
    const csv = await kecs(
      ["sql", "--format", "csv", "-"],
      `SELECT service_name, count(*) AS n FROM task_starts ${where} GROUP BY 1`,
    );
    expect(csv.stdout).to.equal("service_name,n\r\nweb,2\r\n");
    const table = await kecs(["sql", "SELECT 1 AS one"]);
    expect(table.stdout).to.equal("one\n───\n1\n(1 row)\n");
  });

  it("refuses what writes or reaches out, in words", async () => {
    const write = await kecs(["sql", "DELETE FROM tasks"]);
    expect(write.code).to.equal(1);
    expect(write.stderr).to.match(/^kecs: Only statements that read are allowed/);
    const file = await kecs(["sql", "SELECT * FROM read_text('/etc/hostname')"]);
    expect(file.stderr).to.match(/file system operations are disabled/);
    const typo = await kecs(["sql", "FROM task_stop"]);
    expect(typo.stderr).to.match(/Did you mean "task_stops/);
    expect((await kecs(["history", "nonsense"])).stderr).to.match(/is no ARN/);
    expect((await kecs(["nonsense"])).code).to.equal(2);
    const away = await kecs(["--endpoint", "http://127.0.0.1:1", "sql", "SELECT 1"]);
    expect(away.stderr).to.match(/http:\/\/127.0.0.1:1 does not answer/);
  });

  it("goes on without missing a beat while somebody asks for too much", async () => {
    const endless = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE hash(a.range + b.range) = 1";
    const asking = kecs(["sql", endless]);
    const { client, cluster } = fixture;
    await client.send(new UpdateServiceCommand({ cluster, service: "web", desiredCount: 1 }));
    await eventually("the update is seen", async () => {
      const { services } = await client.send(new DescribeServicesCommand({ cluster, services: ["web"] }));
      return services?.[0]?.desiredCount === 1;
    });
    const { code, stderr } = await asking;
    expect(code).to.equal(1);
    expect(stderr).to.match(/interrupted after 10 s/);
  });

  it("finds the view to be what the cluster says, also while it changes", async () => {
    const { client, cluster } = fixture;
    const changing = (async () => {
      for (const desiredCount of [2, 1, 2, 1]) {
        await client.send(new UpdateServiceCommand({ cluster, service: "web", desiredCount }));
      }
    })();
    const { code, stdout } = await kecs(["verify"]);
    expect(code, stdout).to.equal(0);
    expect(stdout).to.match(/^\d+ objects compared.*: the view is what the cluster says\n$/);
    await changing;
    const { compared } = await answer<{ compared: Record<string, number> }>("verify", "--format", "json");
    expect(compared["ECSService"]).to.be.at.least(1);
    expect(compared["ECSTask"]).to.be.at.least(1);
  });

  interface Event {
    readonly id: string;
    readonly type: string;
    readonly resource: string;
    readonly data: { readonly state: { readonly lastStatus?: string; readonly desiredCount?: number } };
  }

  /** Reads the cluster's events from after `lastId` until `enough`. */
  async function eventsUntil(
    enough: (events: readonly Event[]) => boolean,
    lastId?: string,
    begun: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Event[]> {
    const ending = new AbortController();
    const { body } = await fetch(`${environment.admin}/events/stream?cluster=${fixture.cluster}`, {
      signal: AbortSignal.any([ending.signal, AbortSignal.timeout(60_000)]),
      ...(lastId !== undefined && { headers: { "last-event-id": lastId } }),
    });
    let text = "";
    let doing: Promise<unknown> | undefined;
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      doing ??= begun();
      text += chunk;
      if (enough(parsed(text))) break;
    }
    ending.abort();
    await doing;
    return parsed(text);
  }

  const parsed = (text: string): Event[] =>
    [...text.matchAll(/^data: (\{.*\})\n\n/gm)].map(([, data = ""]) => JSON.parse(data) as Event);

  it("streams what happens, and goes on where a client left off", async () => {
    const { client, cluster } = fixture;
    const scale = (desiredCount: number) =>
      client.send(new UpdateServiceCommand({ cluster, service: "web", desiredCount }));
    const started = await eventsUntil(
      (events) => events.some(({ type }) => type === "task.started"),
      undefined,
      () => scale(3),
    );
    expect(started.map(({ type }) => type)).to.include.members([
      "service.updated",
      "task.status_changed",
      "task.started",
    ]);
    const last = started.at(-1);
    await scale(1);
    await waitUntilServicesStable(patience(client), { cluster, services: ["web"] });
    const later = await eventsUntil((events) => events.some(({ type }) => type === "task.stopped"), last?.id);
    expect(later[0]?.type).to.not.equal("reset");
    expect(later.map(({ id }) => id)).to.not.include(last?.id);
    expect(later.find(({ type }) => type === "task.stopped")?.data.state.lastStatus).to.equal("STOPPED");
  });
});
