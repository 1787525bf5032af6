import { expect } from "chai";
import { Registry } from "prom-client";
import { ReadCache } from "./read-cache.ts";

const sized = <T>(value: T, bytes = 10) => ({ value, bytes });

describe("read cache", () => {
  let metrics: Registry;
  let cache: ReadCache;
  beforeEach(() => {
    metrics = new Registry();
    cache = new ReadCache({ metrics, maxBytes: 10_000, ttlSeconds: 60 });
  });

  /** Reads one object; `from` is what the database would say. */
  async function read(key: string, from: () => Promise<string> | string): Promise<string | undefined> {
    const found = await cache.objects<string>([key], async () => new Map([[key, sized(await from())]]));
    return found.get(key);
  }
  const never = (): never => expect.fail("the database was asked");

  it("asks once, and counts hits and misses", async () => {
    expect(await read("a", () => "1")).to.equal("1");
    expect(await read("a", never)).to.equal("1");
    const text = await metrics.metrics();
    expect(text).to.include('kecs_cache_reads_total{group="object",result="hit"} 1');
    expect(text).to.include('kecs_cache_reads_total{group="object",result="miss"} 1');
  });

  it("asks for what is missing only", async () => {
    await read("a", () => "1");
    const found = await cache.objects<string>(["a", "b", "none"], (missing) => {
      expect(missing).to.deep.equal(["b", "none"]);
      return Promise.resolve(new Map([["b", sized("2")]]));
    });
    expect([...found]).to.deep.equal([
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  it("keeps nothing of a read that a commit overtook", async () => {
    const database = Promise.withResolvers<string>();
    const early = read("a", () => database.promise);
    cache.begin(["a"]);
    cache.finish(new Map());
    database.resolve("before the commit");
    expect(await early).to.equal("before the commit");
    expect(await read("a", () => "after")).to.equal("after");
  });

  it("keeps nothing that is read while a commit takes effect, and then what the commit wrote", async () => {
    await read("a", () => "old");
    cache.begin(["a"]);
    expect(await read("a", () => "old or new")).to.equal("old or new");
    expect(await read("a", () => "new")).to.equal("new");
    cache.finish(new Map([["a", sized("new")]]));
    expect(await read("a", never)).to.equal("new");
  });

  it("shares one read of an answer, unless a commit came between", async () => {
    const first = Promise.withResolvers<string>();
    const ask = (from: () => Promise<string>): Promise<string> => cache.answer("group", "q", from, () => 1);
    const one = ask(() => first.promise);
    const two = ask(never);
    cache.begin(["group"]);
    const during = ask(() => Promise.resolve("during"));
    cache.finish(new Map());
    const three = ask(() => Promise.resolve("after"));
    first.resolve("before");
    expect(await Promise.all([one, two, during, three])).to.deep.equal(["before", "before", "during", "after"]);
    expect(await ask(never)).to.equal("after");
    expect(
      await cache.answer(
        "group",
        "another",
        () => Promise.resolve("x"),
        () => 1,
      ),
    ).to.equal("x");
    expect(await ask(never)).to.equal("after");
  });

  it("lets a failed read be tried again", async () => {
    const ask = (from: () => Promise<string>): Promise<string> => cache.answer("group", "q", from, () => 1);
    const failed = await ask(() => Promise.reject(new Error("down"))).catch((error: unknown) => error);
    expect(failed).to.have.property("message", "down");
    expect(await ask(() => Promise.resolve("up"))).to.equal("up");
  });

  it("stays within its size, and forgets after its time", async () => {
    for (let index = 0; index < 100; index++) await read(`${index}`, () => "x".repeat(10));
    const entries = Number(/^kecs_cache_entries (\d+)/m.exec(await metrics.metrics())?.[1]);
    expect(entries).to.be.within(1, 40);
    expect(await read("99", never)).to.equal("x".repeat(10));
    expect(await read("0", () => "again")).to.equal("again");

    cache = new ReadCache({ metrics: new Registry(), maxBytes: 10_000, ttlSeconds: 1 });
    await read("a", () => "1");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await read("a", () => "2")).to.equal("2");
  });
});
