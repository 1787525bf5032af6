import { CreateServiceCommand, UpdateServiceCommand, waitUntilServicesStable } from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { WebSocket } from "ws";
import { receiver } from "../projector/testing/receiver.ts";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "./support/ecs-fixture.ts";
import { environment } from "./support/environment.ts";
import { run } from "./support/run.ts";
import { eventually } from "./support/wait.ts";

const SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

interface Event {
  readonly id: string;
  readonly "detail-type": string;
  readonly resources: readonly string[];
  readonly detail: { readonly lastStatus?: string; readonly eventName?: string; readonly clusterArn?: string };
}

describe("events outward", function () {
  this.timeout(240_000);
  let ecs: EcsFixture;
  let folder: string;
  let hooks: Awaited<ReturnType<typeof receiver>>;
  let gateway: ChildProcess | undefined;
  let admin: string;

  before(async () => {
    ecs = await ecsFixture("outward");
    folder = await mkdtemp(join(tmpdir(), "kecs-outward-"));
    // The receiver is away for its first requests.
    hooks = await receiver((_, count) => ({ status: count <= 2 ? 503 : 200 }));
    await writeFile(join(folder, "secret"), SECRET);
    const webhook = {
      name: "test",
      url: hooks.url,
      secretFile: "secret",
      pattern: { $or: [{ resources: [{ wildcard: `*/${ecs.cluster}/*` }] }, { source: ["nobody"] }] },
    };
    await writeFile(join(folder, "webhooks.json"), JSON.stringify({ webhooks: [webhook] }));
    await startGateway();
  });
  after(async () => {
    gateway?.kill("SIGKILL");
    hooks?.close();
    await ecs?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** A gateway with a webhook: its own ports and database, the same cluster. */
  async function startGateway(): Promise<void> {
    const own = {
      KECS_PORT: "0",
      KECS_ADMIN_PORT: "0",
      KECS_DATA_DIR: join(folder, "data"),
      KECS_WEBHOOKS_FILE: join(folder, "webhooks.json"),
      KECS_LOG_FORMAT: "json",
    };
    const child = spawn(process.execPath, ["api-gateway/main.ts"], {
      env: { ...process.env, ...own, KUBECONFIG: environment.kubeconfig },
      stdio: ["ignore", "pipe", "pipe"],
    });
    gateway = child;
    let said = "";
    for (const output of [child.stdout, child.stderr]) output.on("data", (text) => (said += String(text)));
    admin = await eventually("the gateway listens", async () => {
      if (child.exitCode !== null) throw new Error(said);
      const address = /"admin":"([^"]+)"/.exec(said)?.[1];
      return address !== undefined && `http://${address}`;
    });
    await eventually("the gateway is ready", async () => (await fetch(`${admin}/health/ready`)).ok);
    await eventually("the webhook has its place", async () => {
      const { webhooks } = (await (await fetch(`${admin}/webhooks`)).json()) as { webhooks: { position: string }[] };
      return webhooks[0]?.position !== "0";
    });
  }

  /** Each event once, in the order in which it came first. */
  function events(): Event[] {
    const all = hooks.received.map(({ body }) => JSON.parse(body) as Event);
    return [...new Map(all.map((event) => [event.id, event])).values()];
  }

  const count = (name: string): number =>
    events().filter(({ detail }) => (detail.eventName ?? detail.lastStatus) === name).length;

  it("come to a webhook in order, signed, over a receiver that is away and a gateway that is killed", async () => {
    const { client, cluster } = ecs;
    const taskDefinition = await ecs.register("web", [shell(SLEEP)]);
    await client.send(new CreateServiceCommand({ cluster, serviceName: "web", taskDefinition, desiredCount: 1 }));
    await eventually("the service is steady", async () => count("SERVICE_STEADY_STATE") > 0, 90_000);
    expect(count("RUNNING")).to.equal(1);
    await eventually("its deployment is complete", async () => count("SERVICE_DEPLOYMENT_COMPLETED") === 1);

    gateway?.kill("SIGKILL");
    await once(gateway!, "exit");
    await client.send(new UpdateServiceCommand({ cluster, service: "web", desiredCount: 2 }));
    await waitUntilServicesStable(patience(client), { cluster, services: ["web"] });
    await startGateway();
    await eventually("the second task's event", async () => count("RUNNING") === 2, 60_000);

    const tasks = events().filter((event) => event["detail-type"] === "ECS Task State Change");
    const order = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"];
    for (const arn of new Set(tasks.map(({ resources }) => resources[0]))) {
      const statuses = tasks
        .filter(({ resources }) => resources[0] === arn)
        .map(({ detail }) => detail.lastStatus ?? "");
      const places = statuses.map((status) => order.indexOf(status));
      expect(places, statuses.join()).to.deep.equal(places.toSorted((a, b) => a - b));
    }
    for (const { headers, body } of hooks.received) {
      new Webhook(SECRET).verify(body, headers as Record<string, string>);
    }
    expect(hooks.received[0]?.body).to.equal(hooks.received[1]?.body);
  });

  it("come over a WebSocket of the admin port", async () => {
    const { client, cluster } = ecs;
    const socket = new WebSocket(`${environment.admin.replace("http", "ws")}/events/socket?cluster=${cluster}`);
    await once(socket, "open");
    await client.send(new UpdateServiceCommand({ cluster, service: "web", desiredCount: 1 }));
    const types = new Set<string>();
    for await (const [data] of on(socket, "message", { signal: AbortSignal.timeout(60_000) }) as AsyncIterable<
      [Buffer]
    >) {
      types.add((JSON.parse(data.toString()) as { type: string }).type);
      if (types.has("service.updated") && types.has("task.stopped")) break;
    }
    socket.close();
  });

  it("are remembered with whoever called: the audit trail", async () => {
    const service = `service/${ecs.cluster}/web`;
    const statement = `SELECT operation, access_key_id IS NOT NULL, result, count(*) FROM api_calls
      WHERE mutating AND list_contains(list_transform(resources, lambda r: split_part(r, ':', 6)), '${service}')
      GROUP BY ALL ORDER BY 1`;
    await eventually("the calls", async () => {
      const { stdout } = await run(process.execPath, ["bin/kecs.ts", "sql", "--format", "json", statement], {
        env: { KECS_ADMIN_ENDPOINT: environment.admin },
      });
      const { rows } = JSON.parse(stdout) as { rows: unknown[][] };
      return rows.length === 2 && rows[0]?.[0] === "CreateService" && String(rows[1]) === "UpdateService,true,OK,2";
    });
  });
});
