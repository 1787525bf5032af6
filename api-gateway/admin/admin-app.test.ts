import { expect } from "chai";
import { on, once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { Backups } from "#projector/backup/backups.ts";
import { WebSocket } from "ws";
import { fill } from "#projector/testing/fill.ts";
import { Folder, identity, quiet } from "#projector/testing/fixtures.ts";
import { kubernetesStory } from "#projector/testing/kubernetes-story.ts";
import { ARN, at, deploymentIdOf, story } from "#projector/testing/story.ts";
import type { StreamItem } from "#projector/event-stream.ts";
import { listenOn } from "#lib/listening.ts";
import { createAdminApp } from "./admin-app.ts";
import { EventsRoute } from "./events-route.ts";
import { EventsSocket } from "./events-socket.ts";
import { notLocal } from "./local-only.ts";

const WEB = `${ARN}:service/shop/web`;

interface HistoryAnswer {
  changes: { position: string; change: string; changedAt: string; differences?: unknown; object?: unknown }[];
  next?: string;
}

describe("the admin API", () => {
  let folder: Folder;
  let close: () => void;
  let port: number;
  const listeners = new Set<() => void>();

  before(async () => {
    folder = new Folder();
    const store = await folder.open();
    await fill(store, story(), kubernetesStory());
    const onCommit = (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const events = new EventsRoute({ store, identity, onCommit });
    const app = createAdminApp({
      store,
      // No request of these tests asks Kubernetes.
      kube: undefined as never,
      projector: { waitFor: () => Promise.resolve(true), lagSeconds: 0 },
      events,
      cache: undefined as never,
      backups: new Backups({
        store,
        log: quiet,
        metrics: new Registry(),
        intervalSeconds: 0,
        keep: 2,
        signal: new AbortController().signal,
      }),
      identity,
      log: quiet,
      signal: new AbortController().signal,
      now: () => new Date(at("16:00:00")),
    });
    const handler = app.callback();
    const server = createServer((request, response) => void handler(request, response));
    const signal = new AbortController().signal;
    const socket = new EventsSocket({ events, log: quiet, signal, pingMs: 100, slowMs: 200 });
    server.on("upgrade", (request, connection, head) => socket.upgrade(request, connection, head));
    await listenOn(server, "127.0.0.1", 0);
    ({ port } = server.address() as AddressInfo);
    close = () => {
      server.close();
      server.closeAllConnections();
    };
  });
  after(() => {
    close();
    folder.remove();
  });

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- says what an answer is, like a cast
  async function get<T = Record<string, unknown>>(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; body: T }> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: response.status, body: (await response.json()) as T };
  }

  async function refused(path: string, init?: RequestInit): Promise<[number, string]> {
    const { status, body } = await get<{ message: string }>(path, init);
    return [status, body.message];
  }

  it("gives a resource's changes page by page, newest first, with what changed", async () => {
    const first = (await get<HistoryAnswer>(`/history/${WEB}?limit=4`)).body;
    expect(first.changes.map(({ change, changedAt }) => `${change} ${changedAt.slice(11, 16)}`)).to.deep.equal([
      "DELETED 15:00",
      "MODIFIED 12:10",
      "MODIFIED 12:05",
      "MODIFIED 12:00",
    ]);
    expect(first.changes[1]?.differences).to.deep.include({ path: "spec.taskDefinition", from: "web:2", to: "web:1" });
    expect(first.changes[0]).to.not.have.property("object");
    const second = (await get<HistoryAnswer>(`/history/${WEB}?limit=4&before=${first.next}&objects=true`)).body;
    expect(second.changes.map(({ change }) => change)).to.deep.equal(["MODIFIED", "MODIFIED", "ADDED"]);
    expect(second.changes.at(-1)).to.have.property("object");
    expect(second).to.not.have.property("next");
  });

  it("tells with a task's changes what Kubernetes told in the same time, page by page nothing twice", async () => {
    const path = `/history/${ARN}:task/shop/bbb?kubernetes=true&limit=1`;
    const told = async (query = "") => {
      const { body } = await get<HistoryAnswer & { kubernetes: { summary?: string }[] }>(path + query);
      return { next: body.next, said: body.kubernetes.map(({ summary = "gone" }) => summary.split(":")[0]) };
    };
    const last = await told();
    expect(last.said, "after the task had stopped at 12:03:00").to.deep.equal([]);
    const stopped = await told(`&before=${last.next}`);
    expect(stopped.said).to.deep.equal(["gone", "Warning OOMKilling", "Failed on node-2; app"]);
    const first = await told(`&before=${stopped.next}`);
    expect(first.said).to.deep.equal(["Running on node-2; app", "Normal Scheduled", "Pending; app"]);
    expect(first.next).to.equal(undefined);
    expect((await get(`/history/${ARN}:task/shop/bbb`)).body).to.not.have.property("kubernetes");
  });

  it("narrows changes down by time, in any way times are written", async () => {
    const times = async (query: string): Promise<string[]> =>
      (await get<HistoryAnswer>(`/history/${WEB}?${query}`)).body.changes.map(({ changedAt }) =>
        changedAt.slice(11, 16),
      );
    expect(await times("since=2026-11-24T12:04:00Z&until=2026-11-24T12:30:00Z")).to.deep.equal(["12:10", "12:05"]);
    expect(await times("since=2h")).to.deep.equal(["15:00"]);
  });

  it("describes a state at a time, as a describe call would have", async () => {
    const then = (await get(`/describe/${WEB}?as-of=2026-11-24T12:05:30Z`)).body;
    expect(then["exists"]).to.equal(true);
    expect(then["state"]).to.deep.include({ serviceArn: WEB, status: "ACTIVE", desiredCount: 2 });
    expect(then["state"]).to.have.nested.property("deployments[0].rolloutState", "FAILED");
    const now = (await get(`/describe/${WEB}`)).body;
    expect(now["exists"]).to.equal(false);
    expect(now["state"]).to.deep.include({ status: "INACTIVE", desiredCount: 0 });
    const task = (await get(`/describe/${ARN}:task/shop/bbb?as-of=12h`)).body;
    expect(task)
      .to.have.property("message")
      .that.matches(/^Nothing is known of .* as of 2026-11-24T04:00:00.000Z. The history begins at 2026-11-24T10:00/);
    const gone = (await get(`/describe/${ARN}:task/shop/bbb`)).body;
    expect(gone).to.deep.include({ exists: false, state: null });
    const definition = (await get(`/describe/${ARN}:task-definition/web:2`)).body;
    expect(definition["state"]).to.deep.include({ family: "web", revision: 2, status: "ACTIVE" });
  });

  it("says field by field what changed between two times", async () => {
    const query = "from=2026-11-24T11:10:00Z&to=2026-11-24T12:06:00Z";
    const { body } = await get<{ from: unknown; differences: { path: string }[] }>(`/changes/${WEB}?${query}`);
    expect(body.from).to.deep.include({ exists: true });
    expect(body.differences).to.deep.include({ path: "desiredCount", from: 1, to: 2 });
    expect(body.differences.map(({ path }) => path)).to.include(`deployments[id=${deploymentIdOf(1)}]`);
    const same = await get<{ differences: unknown[] }>(
      `/changes/${WEB}?from=2026-11-24T12:11:00Z&to=2026-11-24T12:12:00Z`,
    );
    expect(same.body.differences).to.deep.equal([]);
    const made = await get<{ from: unknown }>(`/changes/${WEB}?from=2026-11-24T01:00:00Z`);
    expect(made.body.from).to.deep.include({ exists: false });
  });

  it("answers SQL as JSON, CSV or a table", async () => {
    const sql = async (query: string, body: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/sql${query}`, { method: "POST", body });
    const statement = "SELECT name, 1 AS one FROM clusters";
    expect(await (await sql("", statement)).json()).to.deep.include({ rows: [["shop", 1]], truncated: false });
    expect(await (await sql("?format=csv", statement)).text()).to.equal("name,one\r\nshop,1\r\n");
    expect(await (await sql("?format=table", statement)).text()).to.match(
      /^name  one\n─+ {2}─+\nshop  1\n\(1 row\)\n$/,
    );
    const cut = await sql("?format=table&rows=2", "FROM range(9)");
    expect(cut.headers.get("x-kecs-truncated")).to.equal("true");
    expect(await cut.text()).to.match(/the first 2 rows; there are more/);
  });

  it("makes backups, lists them, and keeps as many as it should", async () => {
    const made = async () => (await get<{ name: string; rows: number }>("/backup", { method: "POST" })).body;
    const list = async () =>
      (await get<{ backups: { name: string }[] }>("/backups")).body.backups.map(({ name }) => name);
    expect(await list()).to.deep.equal([]);
    const first = await made();
    expect(first.rows).to.be.greaterThan(story().length);
    const [second, refusal] = await Promise.all([made(), refused("/backup", { method: "POST" })]);
    expect(refusal).to.deep.equal([409, "A backup is being made already."]);
    const third = await made();
    expect(await list()).to.deep.equal([third.name, second.name]);
  });

  it("says how the database is", async () => {
    const { status, body } = await get("/health/database");
    expect(status).to.equal(200);
    expect(body).to.deep.include({ status: "ok", problems: [], lagSeconds: 0 });
    expect(body).to.have.nested.property("disk.fullSince", null);
    expect(body).to.have.nested.property("file.bytes").that.is.greaterThan(0);
  });

  /** Reads a stream until `enough`. */
  async function events(path: string, enough: (text: string) => boolean, headers: Record<string, string> = {}) {
    const ending = new AbortController();
    const { body, headers: answered } = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers,
      signal: ending.signal,
    });
    expect(answered.get("content-type")).to.match(/^text\/event-stream/);
    let text = "";
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (enough(text)) break;
    }
    ending.abort();
    return [...text.matchAll(/^id: (\S+)\nevent: (\S+)\ndata: (.*)\n$/gm)].map(([, id = "", type = "", data = ""]) => ({
      id,
      type,
      data: JSON.parse(data) as { resource: string; data: object },
    }));
  }

  it("streams events, narrowed down, from after the last that a client has", async () => {
    const all = await events("/events/stream?last-event-id=0-0.0", (text) => text.includes("event: service.deleted"));
    expect(all.map(({ type }) => type).slice(0, 4)).to.deep.equal([
      "cluster.created",
      "service.created",
      "task.status_changed",
      "task.status_changed",
    ]);
    const path = "/events/stream?types=task.stopped,service.deleted&cluster=shop";
    const some = await events(path, (text) => text.includes("event: service.deleted"), {
      "last-event-id": all[4]?.id ?? "",
    });
    expect(some.map(({ type }) => type)).to.deep.equal(["task.stopped", "task.stopped", "service.deleted"]);
    expect(await refused("/events/stream?types=task.born")).to.deep.include(400);
    for (let attempt = 0; listeners.size > 0 && attempt < 100; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(listeners.size, "streams that are still open").to.equal(0);
  });

  /** Events of a WebSocket, until `enough` of them. */
  async function socketEvents(
    path: string,
    enough: (types: string[]) => boolean,
  ): Promise<{ type: string; id: string }[]> {
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    const got: { type: string; id: string }[] = [];
    for await (const [data] of on(client, "message", { close: ["close"] }) as AsyncIterable<[Buffer]>) {
      got.push(JSON.parse(data.toString()) as { type: string; id: string });
      if (enough(got.map(({ type }) => type))) break;
    }
    client.close();
    return got;
  }

  it("sends the same events over a WebSocket, from after the last that a client has", async () => {
    const all = await socketEvents("/events/socket?last-event-id=0-0.0", (types) => types.includes("service.deleted"));
    expect(all.map(({ type }) => type).slice(0, 3)).to.deep.equal(["reset", "cluster.created", "service.created"]);
    const path = `/events/socket?types=task.stopped,service.deleted&cluster=shop&last-event-id=${all[5]?.id}`;
    const some = await socketEvents(path, (types) => types.includes("service.deleted"));
    expect(some.map(({ type }) => type)).to.deep.equal(["task.stopped", "task.stopped", "service.deleted"]);
    for (let attempt = 0; listeners.size > 0 && attempt < 100; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(listeners.size, "streams that are still open").to.equal(0);
  });

  it("keeps WebSockets alive, cuts off dead ones, and refuses what it has not", async () => {
    const status = async (path: string, headers: Record<string, string> = {}): Promise<number> => {
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
      const [, response] = (await once(client, "unexpected-response")) as [unknown, { statusCode: number }];
      client.on("error", () => undefined).terminate();
      return response.statusCode;
    };
    expect(await status("/nowhere")).to.equal(404);
    expect(await status("/events/socket?types=task.born")).to.equal(400);
    expect(await status("/events/socket", { origin: "http://evil.example" })).to.equal(403);

    const alive = new WebSocket(`ws://127.0.0.1:${port}/events/socket`);
    for (let pings = 0; pings < 3; pings++) await once(alive, "ping");
    expect(alive.readyState).to.equal(WebSocket.OPEN);
    alive.close();
    const dead = new WebSocket(`ws://127.0.0.1:${port}/events/socket`, { autoPong: false });
    await once(dead, "close");
  });

  it("cuts off a reader of a WebSocket who takes nothing, and reads no more for him", async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<StreamItem> {
      for (; ; given++) {
        const data = { text: "x".repeat(100_000) };
        yield { type: "task.started", timestamp: new Date(), resource: "", data, id: `1-${given}.1` };
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const signal = new AbortController().signal;
    const socket = new EventsSocket({ events: { items: () => endless() }, log: quiet, signal, slowMs: 200 });
    const slow = createServer().on("upgrade", (...of) => socket.upgrade(...of));
    await listenOn(slow, "127.0.0.1", 0);
    const client = new WebSocket(`ws://127.0.0.1:${(slow.address() as AddressInfo).port}/events/socket`);
    await once(client, "open");
    client.pause();
    let last = -1;
    for (; given > last; await new Promise((resolve) => setTimeout(resolve, 500))) last = given;
    client.resume();
    await once(client, "close");
    expect(given).to.be.within(1, 1000);
    slow.close();
  });

  it("says what is wrong", async () => {
    const post = (body: string): RequestInit => ({ method: "POST", body });
    expect(await refused("/history/nonsense")).to.deep.include(400);
    expect((await refused(`/history/${WEB}?limit=0`))[1]).to.equal("limit has to be a whole number from 1 to 500.");
    expect((await refused(`/history/${WEB}?since=yesterday`))[1]).to.match(/^since: "yesterday" is no time\./);
    expect((await refused(`/history/${WEB}?since=1h&since=2h`))[1]).to.equal("since is given more than once.");
    expect(await refused(`/history/${ARN}:service/shop/none`)).to.deep.include(404);
    expect((await refused(`/changes/${WEB}`))[1]).to.match(/^from is needed/);
    expect((await refused(`/changes/${WEB}?from=1h&to=2h`))[1]).to.equal("from is later than to.");
    expect((await refused("/sql", post("DROP TABLE history")))[1]).to.match(/this one is DROP/);
    expect((await refused("/sql?format=xml", post("SELECT 1")))[1]).to.equal("format is json, csv or table.");
    expect(await refused("/nowhere")).to.deep.include(404);
    expect((await refused(`/history/${WEB}`, { headers: { origin: "http://evil.example" } }))[0]).to.equal(403);
  });

  it("is for programs on this machine, under its own name", async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { host: "rebound.example" };
      httpRequest({ host: "127.0.0.1", port, path: `/history/${WEB}`, headers }, ({ statusCode }) =>
        resolve(statusCode),
      )
        .on("error", reject)
        .end();
    });
    expect(status).to.equal(403);
    const from = (remoteAddress: string) =>
      notLocal({ socket: { remoteAddress } as never, headers: { host: "localhost" } });
    for (const local of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) expect(from(local)).to.equal(undefined);
    for (const remote of ["10.0.0.1", "::ffff:10.0.0.1", ""]) expect(from(remote)).to.match(/^Only for programs/);
  });

  it("lets two statements run at a time", async () => {
    const slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE hash(a.range + b.range) = 1";
    const ending = new AbortController();
    const url = `http://127.0.0.1:${port}/sql`;
    const running = [1, 2].map(() =>
      fetch(url, { method: "POST", body: slow, signal: ending.signal }).catch(() => undefined),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await refused("/sql", { method: "POST", body: "SELECT 1" }))[0]).to.equal(429);
    ending.abort();
    await Promise.all(running);
    let status = 429;
    for (let attempt = 0; attempt < 100 && status === 429; attempt++) {
      status = (await fetch(url, { method: "POST", body: "SELECT 1" })).status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(status).to.equal(200);
  });
});
