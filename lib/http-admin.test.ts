import { expect } from "chai";
import { startAdminServer, type AdminServer } from "./http-admin.ts";
import { createLogger } from "./log.ts";
import { counter, createMetrics, histogram } from "./metrics.ts";

describe("admin server", () => {
  let server: AdminServer;
  let ready = false;
  before(async () => {
    const metrics = createMetrics("test");
    counter(metrics, { name: "kecs_test_total", help: "Test." }).inc();
    counter(metrics, { name: "kecs_test_total", help: "Test." }).inc();
    histogram(metrics, { name: "kecs_test_seconds", help: "Test.", labelNames: ["a"] }).zero({ a: "b" });
    server = await startAdminServer({
      host: "127.0.0.1",
      port: 0,
      log: createLogger({ level: "error", format: "text", component: "test" }),
      metrics,
      ready: {
        database: () => ({ ok: ready, ...(!ready && { detail: "still filling" }) }),
        cluster: () => Promise.resolve({ ok: true }),
      },
    });
  });
  after(() => server.close());

  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

  it("is live before it is ready, and says what is missing", async () => {
    expect((await get("/health/live")).status).to.equal(200);
    const waiting = await get("/health/ready");
    expect(waiting.status).to.equal(503);
    expect(await waiting.json()).to.deep.equal({
      status: "unavailable",
      checks: { database: { ok: false, detail: "still filling" }, cluster: { ok: true } },
    });
    ready = true;
    expect((await get("/health/ready")).status).to.equal(200);
  });

  it("shows metrics, registered once and zero-initialised", async () => {
    const text = await (await get("/metrics")).text();
    expect(text).to.match(/kecs_test_total\{component="test"\} 2/);
    expect(text).to.match(
      /kecs_test_seconds_count\{a="b",component="test"\} 0|kecs_test_seconds_count\{component="test",a="b"\} 0/,
    );
  });

  it("refuses other paths and methods", async () => {
    expect((await get("/else")).status).to.equal(404);
    expect((await get("/metrics", { method: "POST" })).status).to.equal(405);
  });
});
