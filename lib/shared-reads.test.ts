import { expect } from "chai";
import { SharedReads } from "./shared-reads.ts";

describe("shared reads", () => {
  it("give each an answer that was begun after it asked, in two reads", async () => {
    const reads = new SharedReads();
    const begun: PromiseWithResolvers<number>[] = [];
    const read = (): Promise<number> => {
      const one = Promise.withResolvers<number>();
      begun.push(one);
      return one.promise;
    };
    const first = reads.read("a", read);
    const others = [1, 2, 3].map(() => reads.read("a", read));
    const another = reads.read("b", () => Promise.resolve(9));
    expect(begun).to.have.length(1);
    begun[0]?.resolve(1);
    expect(await first).to.equal(1);
    expect(await another).to.equal(9);
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).to.have.length(2);
    const late = reads.read("a", read);
    begun[1]?.resolve(2);
    expect(await Promise.all(others)).to.deep.equal([2, 2, 2]);
    await new Promise((resolve) => setImmediate(resolve));
    begun[2]?.resolve(3);
    expect(await late).to.equal(3);
    expect(await reads.read("a", () => Promise.resolve(4))).to.equal(4);
  });

  it("go on after one that failed", async () => {
    const reads = new SharedReads();
    const failing = reads.read("a", () => Promise.reject(new Error("down"))).catch((error: Error) => error.message);
    const next = reads.read("a", () => Promise.resolve("up"));
    expect(await failing).to.equal("down");
    expect(await next).to.equal("up");
  });
});
