import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { assert } from "chai";
import { EcsError } from "#lib/errors.ts";
import { createLogger } from "#lib/log.ts";
import { createMetrics } from "#lib/metrics.ts";
import { DatabaseUnavailableError } from "#projector/store-errors.ts";
import { createApp } from "./app.ts";
import { BODY_LIMIT, isNestedDeeper } from "./body.ts";
import type { SeenCall } from "./audit/audit.ts";
import type { Call } from "./operation.ts";
import { createApiMetrics } from "./metrics.ts";
import type { Listening } from "#lib/listening.ts";
import { listen } from "./serve.ts";

const TARGET = "AmazonEC2ContainerServiceV20141113.ListClusters";

describe("the API over HTTP", () => {
  const metrics = createMetrics("test");
  const calls: { operation: string; input: unknown; call: Call }[] = [];
  const audited: SeenCall[] = [];
  let failure: Error | undefined;
  let server: Listening;

  before(async () => {
    const app = createApp({
      apis: [
        {
          name: "ECS",
          targetPrefix: "AmazonEC2ContainerServiceV20141113",
          operations: new Set(["ListClusters"]),
          dispatch: async (operation, input, call) => {
            calls.push({ operation, input, call });
            if (failure) throw failure;
            return { clusterArns: [] };
          },
        },
      ],
      log: createLogger({ level: "error", format: "text", component: "test" }),
      logsReads: false,
      metrics: createApiMetrics(metrics, ["ListClusters"]),
      audit: (call) => audited.push(call),
      requestTimeoutMs: 1000,
      signal: new AbortController().signal,
    });
    const handler = app.callback();
    server = await listen((request, response) => void handler(request, response), "127.0.0.1", 0);
  });
  after(() => server.close(100));
  beforeEach(() => {
    calls.length = 0;
    audited.length = 0;
    failure = undefined;
  });

  async function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: "POST", body, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: JSON.parse(text) as Record<string, unknown> };
  }

  it("dispatches by target and by path, with any content type", async () => {
    const byTarget = await post("/", '{"maxResults":3}', {
      "x-amz-target": TARGET,
      authorization: "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/ecs/aws4_request, Signature=x",
    });
    assert.equal(byTarget.status, 200);
    assert.equal(byTarget.headers.get("content-type"), "application/x-amz-json-1.1");
    assert.deepEqual(byTarget.json, { clusterArns: [] });
    assert.deepInclude(calls[0], { operation: "ListClusters", input: { maxResults: 3 } });
    assert.equal(calls[0]?.call.accessKeyId, "AKIAEXAMPLE");
    assert.equal(calls[0]?.call.requestId, byTarget.headers.get("x-amzn-requestid"));
    const { at, latencyMs, ...seen } = audited[0] as SeenCall;
    assert.isAtMost(Math.abs(Date.now() - at.getTime()), 5000);
    assert.isAtLeast(latencyMs, 0);
    assert.deepEqual(
      { ...seen, sourceIp: seen.sourceIp.replace("::ffff:", ""), userAgent: "" },
      {
        requestId: byTarget.headers.get("x-amzn-requestid") ?? "",
        accessKeyId: "AKIAEXAMPLE",
        api: "ECS",
        operation: "ListClusters",
        input: { maxResults: 3 },
        output: { clusterArns: [] },
        sourceIp: "127.0.0.1",
        userAgent: "",
        result: "OK",
        status: 200,
      },
    );
    const byPath = await post("/v1/ListClusters", "");
    assert.equal(byPath.status, 200);
    assert.deepEqual(calls[1]?.input, {});
    assert.notProperty(calls[1]?.call, "accessKeyId");
  });

  it("refuses what is no JSON before any operation runs", async () => {
    const nested = `{"a":${"[".repeat(70)}${"]".repeat(70)}}`;
    for (const body of ["{broken", "nope", nested, new Uint8Array([0xff, 0xfe])]) {
      const { status, json } = await post("/v1/ListClusters", body);
      assert.deepInclude({ status, type: json["__type"] }, { status: 400, type: "SerializationException" });
    }
    assert.isEmpty(calls);
  });

  it("refuses bodies above the limit, and takes the next request", async () => {
    const { status, json } = await post("/v1/ListClusters", JSON.stringify({ a: "x".repeat(2 * BODY_LIMIT) }));
    assert.equal(status, 413);
    assert.equal(json["__type"], "RequestEntityTooLargeException");
    assert.isEmpty(calls);
    assert.equal((await post("/v1/ListClusters", JSON.stringify({ a: "x".repeat(BODY_LIMIT - 8) }))).status, 200);
  });

  it("is done with a request whose client goes away in the middle of its body", async () => {
    const inFlight = async () => /^kecs_api_requests_in_flight\S* (\d+)$/m.exec(await metrics.metrics())?.[1];
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST /v1/ListClusters HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{}");
    while ((await inFlight()) !== "1") await setTimeout(5);
    socket.destroy();
    while ((await inFlight()) !== "0") await setTimeout(5);
    assert.isEmpty(calls);
  });

  it("answers unknown targets, paths and methods in AWS's shape", async () => {
    assert.deepInclude((await post("/", "{}")).json, { __type: "MissingAction" });
    assert.deepInclude((await post("/v1/Nope", "{}")).json, { __type: "UnknownOperationException" });
    assert.equal((await post("/else", "{}")).status, 404);
    const put = await fetch(`http://127.0.0.1:${server.port}/`, { method: "PUT" });
    assert.equal(put.status, 405);
    const hint = await fetch(`http://127.0.0.1:${server.port}/`);
    assert.match(await hint.text(), /^KECS: the Amazon ECS API/);
  });

  it("answers errors with their own status and members", async () => {
    failure = new EcsError("ConflictException", "In use.", { members: { resourceIds: ["a"] } });
    const conflict = await post("/", "{}", { "x-amz-target": TARGET });
    assert.equal(conflict.status, 400);
    assert.deepEqual(conflict.json, { __type: "ConflictException", message: "In use.", resourceIds: ["a"] });
    assert.match(await metrics.metrics(), /operation="ListClusters",code="ConflictException".*\n?/);
    failure = new DatabaseUnavailableError(7, { cause: undefined });
    const away = await post("/", "{}", { "x-amz-target": TARGET });
    assert.deepInclude({ status: away.status, after: away.headers.get("retry-after") }, { status: 503, after: "7" });
    assert.equal(away.json["__type"], "ServerException");
    assert.deepInclude(audited[0], { result: "ConflictException", status: 400, output: undefined });
  });
});

describe("nesting", () => {
  it("counts brackets outside of strings only", () => {
    assert.isFalse(isNestedDeeper('["[[[[\\"[[[["]', 2));
    assert.isFalse(isNestedDeeper("[[],[],[]]", 2));
    assert.isTrue(isNestedDeeper('{"a":[{}]}', 2));
  });
});
