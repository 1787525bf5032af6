import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Registry } from "prom-client";
import { Webhook } from "standardwebhooks";
import type { Store } from "../store.ts";
import { fill } from "../testing/fill.ts";
import { Folder, identity, keepingLog } from "../testing/fixtures.ts";
import { type Answer, type Received, receiver } from "../testing/receiver.ts";
import { ARN, at, deploymentIdOf, story } from "../testing/story.ts";
import type { AwsEvent } from "./aws-events.ts";
import { loadWebhooks, type WebhookConfig, WebhookConfigError } from "./webhook-config.ts";
import { startWebhooks, type Webhooks } from "./webhooks.ts";

const SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) expect.fail(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type Check = (headers: object, body: string, secret: string) => boolean;

/** The sample of docs/events.md, as it stands there. */
async function checkOfDocs(): Promise<Check> {
  const text = readFileSync(join(import.meta.dirname, "../../docs/events.md"), "utf8");
  const [, code = ""] = /```js\n(.*?)```/s.exec(text) ?? [];
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { isGenuine: Check };
  return module.isGenuine;
}

const eventOf = ({ body }: Received): AwsEvent => JSON.parse(body) as AwsEvent;

describe("webhooks", function () {
  this.timeout(60_000);
  let folder: Folder;
  let store: Store;
  let registry: Registry;
  let log: string[];
  let ending: AbortController;
  let target: Awaited<ReturnType<typeof receiver>>;
  let answers: (received: Received, count: number) => Answer | Promise<Answer>;
  const listeners = new Set<() => void>();

  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    ending = new AbortController();
    answers = () => ({ status: 204 });
    target = await receiver((...of) => answers(...of));
  });
  afterEach(() => {
    ending.abort();
    target.close();
    folder.remove();
  });

  function start(more: Partial<WebhookConfig> = {}): Webhooks {
    registry = new Registry();
    log = [];
    return startWebhooks({
      webhooks: [
        {
          name: "chat",
          url: target.url,
          matches: () => true,
          timeoutSeconds: 5,
          // The story is older than any event may be.
          maximumEventAgeInSeconds: 1e9,
          maximumRetryAttempts: 185,
          ...more,
        },
      ],
      store,
      identity,
      log: keepingLog(log),
      metrics: registry,
      onCommit: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      signal: ending.signal,
      backoff: { baseMs: 5, maxMs: 50 },
    });
  }

  /** Has the webhook its place at the beginning of the story. */
  async function startAndTell(more: Partial<WebhookConfig> = {}): Promise<Webhooks> {
    const webhooks = start(more);
    await until(placed, "a place");
    await fill(store, story());
    for (const listener of listeners) listener();
    return webhooks;
  }

  async function placed(): Promise<boolean> {
    const [head] = await store.read("history_head");
    return (await store.read("webhook_position", { target: "chat", epoch: String(head?.["epoch"]) })).length > 0;
  }

  async function isAtHead(): Promise<boolean> {
    const [history] = await store.read("history_head");
    const [row] = await store.read("webhook_position", { target: "chat", epoch: String(history?.["epoch"]) });
    return String(row?.["position"]) === String(history?.["head"]);
  }

  const named = (event: AwsEvent): string =>
    `${String(event.detail["eventName"] ?? event.detail["lastStatus"])} ${event.resources[0]?.split("/").at(-1)}`;
  const ALL = [
    "PENDING aaa",
    "RUNNING aaa",
    "SERVICE_STEADY_STATE web",
    "SERVICE_DEPLOYMENT_COMPLETED web",
    "SERVICE_DEPLOYMENT_IN_PROGRESS web",
    "RUNNING bbb",
    "STOPPED bbb",
    "SERVICE_DEPLOYMENT_FAILED web",
    "SERVICE_DEPLOYMENT_COMPLETED web",
    "STOPPED aaa",
  ];

  it("deliver what happens, in order, in EventBridge's shape", async () => {
    await startAndTell();
    await until(() => target.received.length >= ALL.length, "all events");
    const events = target.received.map(eventOf);
    expect(events.map(named)).to.deep.equal(ALL);
    expect(new Set(events.map(({ id }) => id)).size).to.equal(events.length);
    const { id, detail, ...envelope } = events[1] as AwsEvent;
    expect(id).to.match(/^[0-9a-f-]{36}$/);
    expect(envelope).to.deep.equal({
      version: "0",
      "detail-type": "ECS Task State Change",
      source: "aws.ecs",
      account: identity.accountId,
      time: at("11:00:10"),
      region: identity.region,
      resources: [`${ARN}:task/shop/aaa`],
    });
    expect(detail).to.deep.include({
      taskArn: `${ARN}:task/shop/aaa`,
      clusterArn: `${ARN}:cluster/shop`,
      lastStatus: "RUNNING",
      desiredStatus: "RUNNING",
      group: "service:web",
      version: 1,
      startedAt: "2026-11-24T11:00:10.000Z",
      updatedAt: "2026-11-24T11:00:10.000Z",
    });
    expect(detail).to.not.have.property("tags");
    expect(events[2]?.detail).to.deep.equal({
      eventType: "INFO",
      eventName: "SERVICE_STEADY_STATE",
      clusterArn: `${ARN}:cluster/shop`,
      createdAt: at("11:05:00"),
    });
    const failed = events.find((event) => named(event) === "SERVICE_DEPLOYMENT_FAILED web");
    expect(failed).to.deep.include({
      "detail-type": "ECS Deployment State Change",
      resources: [`${ARN}:service/shop/web`],
    });
    expect(failed?.detail).to.deep.equal({
      eventType: "ERROR",
      eventName: "SERVICE_DEPLOYMENT_FAILED",
      deploymentId: deploymentIdOf(2),
      updatedAt: at("12:05:00"),
      reason: "ECS deployment ecs-svc/2 failed.",
    });
  });

  it("are signed so that a receiver can tell them from others", async () => {
    await startAndTell({ secret: () => SECRET });
    await until(() => target.received.length > 0, "an event");
    const [{ headers, body } = expect.fail()] = target.received;
    const isGenuine = await checkOfDocs();
    expect(isGenuine(headers, body, SECRET)).to.equal(true);
    expect(isGenuine(headers, body.replace("PENDING", "RUNNING"), SECRET)).to.equal(false);
    expect(isGenuine(headers, body, `whsec_${Buffer.alloc(24).toString("base64")}`)).to.equal(false);
    expect(isGenuine({ ...headers, "webhook-timestamp": "1" }, body, SECRET)).to.equal(false);

    expect(headers["webhook-id"]).to.equal(eventOf({ headers, body }).id);
    const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expect(new Webhook(SECRET).verify(body, plain)).to.deep.equal(JSON.parse(body));
    expect(() => new Webhook(SECRET).verify(body.replace("PENDING", "RUNNING"), plain)).to.throw();
    expect(log.join()).to.not.include("whsec_");
  });

  it("are signed with any text as a secret, too", async () => {
    const secret = "correct horse battery staple, and more";
    await startAndTell({ secret: () => secret });
    await until(() => target.received.length > 0, "an event");
    const [{ headers, body } = expect.fail()] = target.received;
    expect((await checkOfDocs())(headers, body, secret)).to.equal(true);
  });

  it("try again, in order, until the receiver has it", async () => {
    answers = (_, count) =>
      count === 2 ? { status: 429, headers: { "retry-after": "0.01" } } : { status: count % 3 === 0 ? 200 : 503 };
    await startAndTell();
    await until(() => target.received.length >= ALL.length * 3, "all events");
    const names = target.received.map((received) => named(eventOf(received)));
    expect(names.filter((_, index) => index % 3 === 2)).to.deep.equal(ALL);
    expect(await registry.metrics()).to.match(/kecs_webhook_attempts_total\{target="chat",result="failed"\} \d{2}/);
  });

  it("give up what is refused or fails too often: it is a dead letter, and can be sent again", async () => {
    answers = ({ body }) => ({ status: body.includes("SERVICE_STEADY_STATE") ? 400 : 500 });
    const webhooks = await startAndTell({ maximumRetryAttempts: 2 });
    await until(async () => (await webhooks.deadLetters({ limit: 100 })).length >= ALL.length, "dead letters");
    const letters = await webhooks.deadLetters({ target: "chat", limit: 100 });
    expect(letters.map(({ event }) => named(event))).to.deep.equal(ALL);
    expect(letters[0]).to.deep.include({ attempts: 3, reason: "The receiver answered 500." });
    expect(letters[2]).to.deep.include({ attempts: 1, reason: "The receiver answered 400." });
    expect((await webhooks.states())[0]).to.deep.include({ name: "chat", deadLetters: letters.length, signed: false });
    expect((await webhooks.states())[0]?.url).to.not.include("hidden");

    const before = target.received.length;
    answers = ({ body }) => ({ status: body.includes("SERVICE_STEADY_STATE") ? 400 : 200 });
    const signal = new AbortController().signal;
    const replayed = await webhooks.replay({ limit: 100 }, signal);
    expect(replayed.sent + replayed.failed).to.equal(letters.length);
    expect(replayed.failed).to.be.greaterThan(0);
    expect(target.received.length - before).to.equal(letters.length);
    const left = await webhooks.deadLetters({ limit: 100 });
    expect(new Set(left.map(({ event }) => event.detail["eventName"]))).to.deep.equal(
      new Set(["SERVICE_STEADY_STATE"]),
    );
    expect(left[0]?.attempts).to.equal(2);
    const one = await webhooks.replay({ eventId: left[0]?.event.id ?? "", limit: 100 }, signal);
    expect(one).to.deep.equal({ sent: 0, failed: 1 });
  });

  it("give up what is older than it may be, after one attempt", async () => {
    answers = () => ({ status: 500 });
    const webhooks = await startAndTell({ maximumEventAgeInSeconds: 60 });
    await until(async () => (await webhooks.deadLetters({ limit: 100 })).length >= ALL.length, "dead letters");
    expect((await webhooks.deadLetters({ limit: 1 }))[0]?.attempts).to.equal(1);
  });

  it("do not follow where a receiver sends them, and say when none is there", async () => {
    answers = () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } });
    const webhooks = await startAndTell();
    await until(async () => (await webhooks.deadLetters({ limit: 100 })).length > 0, "a dead letter");
    expect((await webhooks.deadLetters({ limit: 1 }))[0]?.reason).to.equal("The receiver answered 302.");
    target.close();
    await webhooks.replay({ limit: 1 }, new AbortController().signal);
    const reasons = (await webhooks.deadLetters({ limit: 100 })).map(({ reason }) => reason);
    expect(reasons).to.include("The receiver cannot be reached: ECONNREFUSED.");
  });

  it("go on where they ended, and say nothing of what was there before the history began", async () => {
    await startAndTell();
    await until(() => target.received.length >= ALL.length, "all events");
    await until(isAtHead, "the place after them"); // what it is ended in would come again
    ending.abort();
    ending = new AbortController();
    const count = target.received.length;
    const relisted = story()
      .filter(({ kind, type }) => kind === "ECSTask" && type === "ADDED")
      .map((change, index) => {
        const metadata = { ...change.object.metadata, uid: `found-${index}` };
        return { ...change, source: "relist" as const, object: { ...change.object, metadata } };
      });
    await fill(store, relisted);
    const stop = story().find(({ object, type }) => object.metadata.name === "aaa" && type === "MODIFIED");
    const object = { ...stop?.object, status: { taskArn: `${ARN}:task/shop/aaa`, lastStatus: "STOPPING" } };
    await fill(store, [{ ...stop, object } as never]);
    start();
    await until(() => target.received.length > count, "the event after");
    expect(target.received.slice(count).map((received) => named(eventOf(received)))).to.deep.equal(["STOPPING aaa"]);
  });

  it("lose nothing and keep the order when they are killed", async () => {
    store.close();
    const process = () =>
      spawn(
        globalThis.process.execPath,
        [join(import.meta.dirname, "../testing/webhook-churn.ts"), folder.path, target.url],
        {
          stdio: ["ignore", "inherit", "inherit"],
        },
      );
    for (let round = 1; round <= 3; round++) {
      const churn = process();
      const ended = new Promise((resolve) => churn.once("exit", resolve));
      const before = target.received.length;
      await until(() => target.received.length >= before + 40, "events");
      churn.kill("SIGKILL");
      await ended;
    }
    const seen: number[] = [];
    for (const received of target.received) {
      const version = Number(eventOf(received).detail["version"]);
      // What was sent before may come again; what comes first is the next.
      if (seen.length > 0 && version > (seen.at(-1) ?? 0)) expect(version).to.equal((seen.at(-1) ?? 0) + 1);
      if (version > (seen.at(-1) ?? 0)) seen.push(version);
    }
    expect(seen.length).to.be.greaterThan(60);
  });

  it("are configured in a file that is checked", () => {
    const file = join(folder.path, "webhooks.yaml");
    const load = (text: string): WebhookConfig[] => {
      writeFileSync(file, text);
      return loadWebhooks(file);
    };
    writeFileSync(join(folder.path, "secret"), `${SECRET}\n`);
    writeFileSync(join(folder.path, "short"), "short");
    const [chat] = load(
      "webhooks:\n- { name: chat, url: 'https://chat.example/x', secretFile: secret, pattern: { source: [aws.ecs] } }",
    );
    expect(chat).to.deep.include({ name: "chat", timeoutSeconds: 5, maximumRetryAttempts: 185 });
    expect(chat?.secret?.()).to.equal(SECRET);
    expect(chat?.matches({ source: "aws.ec2" })).to.equal(false);
    const refused: [text: string, message: RegExp][] = [
      ["webhooks: [", /cannot be read/],
      ["{}", /must have required property 'webhooks'/],
      ["webhooks:\n- { name: a, url: 'ftp://x' }", /\/webhooks\/0\/url must match pattern/],
      ["webhooks:\n- { name: a, url: 'http://x', retries: 1 }", /additional properties \(retries\)/],
      ["webhooks:\n- { name: a, url: 'http://x' }\n- { name: a, url: 'http://y' }", /two webhooks named a/],
      ["webhooks:\n- { name: a, url: 'http://x', secretFile: none }", /webhook a: its secret .* cannot be read/],
      ["webhooks:\n- { name: a, url: 'http://x', secretFile: short }", /is shorter than 32 characters/],
      ["webhooks:\n- { name: a, url: 'http://x', pattern: { source: [{ cidr: x }] } }", /webhook a: .*cidr/],
    ];
    for (const [text, message] of refused) expect(() => load(text), text).to.throw(WebhookConfigError, message);
  });
});
