import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { createLogger } from "#lib/log.ts";
import { createMetrics } from "#lib/metrics.ts";
import type { HookAnswer } from "./answer.ts";
import { parseAnswer } from "./answer.ts";
import { HookCaller } from "./caller.ts";
import { hookEvent } from "./event.ts";
import { hookTargets, hookUrl } from "./targets.ts";
import { identity, start } from "../service/testing/fixtures.ts";
import { hooksOf } from "../service/hooks.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:approve";

describe("what is called for a hook", () => {
  const targets = hookTargets({
    hookTargets: JSON.stringify({ approve: "http://by-name/", [`${FUNCTION}:live`]: "https://live/" }),
  });

  it("is a URL itself, or what is configured for the function", () => {
    expect(hookUrl("https://ci.test/hook?token=1", targets)).to.equal("https://ci.test/hook?token=1");
    expect(hookUrl(FUNCTION, targets)).to.equal("http://by-name/");
    expect(hookUrl(`${FUNCTION}:live`, targets)).to.equal("https://live/");
    expect(hookUrl(`${FUNCTION}:other`, targets)).to.equal("http://by-name/");
    expect(hookUrl(`${FUNCTION}d`, targets)).to.equal(undefined);
  });

  it("is configured by an object of URLs; what is not is refused without repeating it", () => {
    for (const text of ["[]", "{", '{"a": "ftp://secret"}', '{"a": 1}']) {
      expect(() => hookTargets({ hookTargets: text }))
        .to.throw(/KECS_HOOK_TARGETS must be/)
        .with.property("message")
        .that.does.not.match(/secret/);
    }
    expect(hookTargets({}).size).to.equal(0);
  });
});

describe("the answer of a hook's target", () => {
  const answers: [string, HookAnswer][] = [
    ['{"hookStatus":"SUCCEEDED"}', { hookStatus: "SUCCEEDED" }],
    ['{"hookStatus":"IN_PROGRESS"}', { hookStatus: "IN_PROGRESS" }],
    ['{"hookStatus":"IN_PROGRESS","callBackDelay":"5"}', { hookStatus: "IN_PROGRESS", callBackDelay: 5 }],
    [
      '{"hookStatus":"IN_PROGRESS","callBackDelay":60,"hookDetails":{"a":1}}',
      { hookStatus: "IN_PROGRESS", callBackDelay: 60, hookDetails: { a: 1 } },
    ],
    ['{"hookStatus":"FAILED"}', { hookStatus: "FAILED", reason: "it answered FAILED" }],
    ...["", "null", "[]", "{}", '{"hookStatus":"DONE"}'].map((text): [string, HookAnswer] => [
      text,
      { hookStatus: "FAILED", reason: "its answer has no valid hookStatus" },
    ]),
  ];
  for (const [text, answer] of answers) {
    it(`${text || "nothing"} means ${answer.hookStatus}`, () => expect(parseAnswer(text)).to.deep.equal(answer));
  }

  it("has a bound", () => {
    const text = JSON.stringify({ hookStatus: "IN_PROGRESS", hookDetails: { a: "x".repeat(5000) } });
    expect(parseAnswer(text).hookStatus).to.equal("FAILED");
  });
});

describe("what a hook's target is sent", () => {
  const lifecycle = { strategy: "LINEAR", since: start.toISOString(), source: "1", production: 30, test: 100 } as const;
  const eventOf = (stage: "POST_SCALE_UP" | "PRODUCTION_TRAFFIC_SHIFT") => {
    const configuration = {
      lifecycleHooks: [{ lifecycleStages: [stage], hookTargetArn: "http://h/", hookDetails: { a: 1 } }],
    };
    const [hook] = hooksOf({ deployment: "x", stage, weight: 0 }, configuration, start);
    const rollout = {
      id: "x",
      asked: "2",
      deployment: "2",
      revision: "8",
      sourceRevision: "7",
      taskDefinition: "web:2",
      status: "IN_PROGRESS" as const,
      createdAt: start.toISOString(),
      failures: 0,
      lifecycle: { ...lifecycle, stage },
    };
    return { hook: hook!, event: hookEvent({ clusterName: "shop", serviceName: "web", rollout }, hook!, identity) };
  };
  const revisionArn = (id: string): string => `arn:aws:ecs:us-east-1:000000000000:service-revision/shop/web/${id}`;

  it("is ECS's event, with the weights of the shift that it is of", () => {
    const { hook, event } = eventOf("PRODUCTION_TRAFFIC_SHIFT");
    expect(event).to.deep.equal({
      executionId: hook.id,
      lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT",
      resourceArn: "arn:aws:ecs:us-east-1:000000000000:service-deployment/shop/web/x",
      executionDetails: {
        serviceArn: "arn:aws:ecs:us-east-1:000000000000:service/shop/web",
        targetServiceRevisionArn: revisionArn("8"),
        testTrafficWeights: {},
        productionTrafficWeights: { [revisionArn("8")]: 30, [revisionArn("7")]: 70 },
      },
      hookDetails: { a: 1 },
    });
    expect(eventOf("POST_SCALE_UP").event.executionDetails.productionTrafficWeights).to.deep.equal({});
  });
});

describe("calls of hooks' targets", () => {
  let server: Server;
  let url: string;
  const requests: { body: string; authorization: string | undefined }[] = [];
  /** What the server does with each request. */
  let handle: (count: number) => { status: number; body: string } | undefined;

  const read = async (request: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  before(async () => {
    server = createServer((request, response) => {
      void read(request).then((body) => {
        requests.push({ body, authorization: request.headers.authorization });
        const answer = handle(requests.length);
        if (answer) response.writeHead(answer.status, { location: "/elsewhere" }).end(answer.body);
        return answer;
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  beforeEach(() => requests.splice(0));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const caller = (hookTimeoutSeconds = 10): { hooks: HookCaller; end: AbortController; woken: Promise<string> } => {
    const log = createLogger({ level: "error", format: "json", component: "test" });
    const hooks = new HookCaller({ config: { hookTimeoutSeconds }, log, metrics: createMetrics("test") });
    const end = new AbortController();
    const woken = new Promise<string>((resolve) => hooks.start(end.signal, resolve));
    return { hooks, end, woken };
  };
  const event = { lifecycleStage: "POST_SCALE_UP" };
  async function answerTo(target: string, timeoutSeconds?: number): Promise<HookAnswer | undefined> {
    const { hooks, woken } = caller(timeoutSeconds);
    hooks.call({ key: "k", service: "team/web", url: target, event });
    hooks.call({ key: "k", service: "team/web", url: target, event });
    expect(await woken).to.equal("team/web");
    expect(hooks.answersOf("team/other").size).to.equal(0);
    return hooks.answersOf("team/web").get("k");
  }

  it("send the event once, and keep the answer", async () => {
    handle = () => ({ status: 200, body: '{"hookStatus":"SUCCEEDED"}' });
    expect(await answerTo(url)).to.deep.equal({ hookStatus: "SUCCEEDED" });
    expect(requests).to.deep.equal([{ body: JSON.stringify(event), authorization: undefined }]);
  });

  it("send a name and password of the URL as such", async () => {
    handle = () => ({ status: 200, body: '{"hookStatus":"SUCCEEDED"}' });
    await answerTo(url.replace("//", "//me:p%40ss@"));
    expect(requests[0]?.authorization).to.equal(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
  });

  it("are tried again where that may help", async () => {
    handle = (count) => (count === 1 ? { status: 503, body: "" } : { status: 200, body: '{"hookStatus":"SUCCEEDED"}' });
    expect((await answerTo(url))?.hookStatus).to.equal("SUCCEEDED");
    expect(requests).to.have.length(2);
  });

  it("fail for any other status, and follow no redirect", async () => {
    handle = () => ({ status: 500, body: '{"hookStatus":"SUCCEEDED"}' });
    expect(await answerTo(url)).to.deep.equal({ hookStatus: "FAILED", reason: "status 500" });
    expect(requests).to.have.length(1);
    handle = () => ({ status: 307, body: "" });
    expect((await answerTo(url))?.hookStatus).to.equal("FAILED");
  });

  it("fail where nobody listens, without telling the URL", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const answer = await answerTo(`http://me:secret@127.0.0.1:${port}/`);
    expect(answer).to.deep.equal({ hookStatus: "FAILED", reason: "it cannot be reached (ECONNREFUSED)" });
  });

  it("fail where no answer comes in time", async () => {
    handle = () => undefined;
    expect(await answerTo(url, 1)).to.deep.equal({
      hookStatus: "FAILED",
      reason: "it did not answer within 1 seconds",
    });
  });

  it("are given up when nobody waits for them any more", async () => {
    handle = () => undefined;
    const { hooks } = caller();
    hooks.call({ key: "k", service: "team/web", url, event });
    hooks.keep("team/web", new Set());
    handle = () => ({ status: 200, body: '{"hookStatus":"SUCCEEDED"}' });
    const next = caller();
    next.hooks.call({ key: "l", service: "team/web", url, event });
    await next.woken;
    expect(hooks.answersOf("team/web").size).to.equal(0);
  });
});
