import { expect } from "chai";
import { InformerCache, type Change } from "./informer-cache.ts";
import type { KubeObject } from "./resources.ts";
import type { WatchItem } from "./watch-stream.ts";

interface Thing extends KubeObject {
  colors?: string[];
}

function thing(name: string, version: number, options: { uid?: string; colors?: string[] } = {}): Thing {
  return {
    metadata: { namespace: "ns", name, uid: options.uid ?? `uid-${name}`, resourceVersion: String(version) },
    colors: options.colors ?? [],
  };
}

function change(type: "ADDED" | "MODIFIED" | "DELETED", object: Thing): WatchItem<Thing> {
  return { type, object, resourceVersion: object.metadata?.resourceVersion ?? "" };
}

const list = (...items: Thing[]): WatchItem<Thing> => ({ type: "LIST", items, resourceVersion: "9" });

function cacheAt(now: { ms: number } = { ms: 0 }): InformerCache<Thing> {
  return new InformerCache<Thing>({ color: (object) => object.colors ?? [] }, () => now.ms);
}

/** `+a` made, `~a` changed, `-a` gone. */
function brief(changes: Change<Thing>[]): string[] {
  return changes.map(({ key, before, after }) => `${before && after ? "~" : after ? "+" : "-"}${key.slice(3)}`);
}

const names = (objects: Thing[]): string[] => objects.map((object) => object.metadata?.name ?? "").sort();

describe("InformerCache", () => {
  it("tells what a stream's items change", () => {
    const cache = cacheAt();
    expect(brief(cache.apply(list(thing("a", 1), thing("b", 1))))).to.deep.equal(["+a", "+b"]);
    expect(brief(cache.apply(change("MODIFIED", thing("a", 2))))).to.deep.equal(["~a"]);
    expect(brief(cache.apply(change("ADDED", thing("c", 3))))).to.deep.equal(["+c"]);
    expect(brief(cache.apply(change("DELETED", thing("b", 4))))).to.deep.equal(["-b"]);
    expect(brief(cache.apply({ type: "BOOKMARK", resourceVersion: "5" }))).to.deep.equal([]);
    expect(names(cache.list())).to.deep.equal(["a", "c"]);
    expect(cache.get("ns/a")?.metadata?.resourceVersion).to.equal("2");
  });

  it("tells only differences when a list comes again", () => {
    const cache = cacheAt();
    cache.apply(list(thing("gone", 1), thing("same", 1), thing("changed", 1), thing("remade", 1)));
    const again = list(thing("same", 1), thing("changed", 2), thing("remade", 3, { uid: "other" }), thing("new", 4));
    expect(brief(cache.apply(again))).to.deep.equal(["-gone", "~changed", "-remade", "+remade", "+new"]);
    expect(brief(cache.apply(again))).to.deep.equal([]);
  });

  it("finds by index, and no more by values that an object has lost", () => {
    const cache = cacheAt();
    cache.apply(list(thing("a", 1, { colors: ["red", "blue"] }), thing("b", 1, { colors: ["red"] }), thing("c", 1)));
    expect(names(cache.byIndex("color", "red"))).to.deep.equal(["a", "b"]);
    cache.apply(change("MODIFIED", thing("a", 2, { colors: ["green"] })));
    expect(names(cache.byIndex("color", "red"))).to.deep.equal(["b"]);
    expect(names(cache.byIndex("color", "blue"))).to.deep.equal([]);
    expect(names(cache.byIndex("color", "green"))).to.deep.equal(["a"]);
    cache.apply(change("DELETED", thing("b", 3, { colors: ["red"] })));
    expect(names(cache.byIndex("color", "red"))).to.deep.equal([]);
    expect(() => cache.byIndex("colour", "red")).to.throw('no index "colour"; declared are color');
  });

  it("remembers deleted objects by uid for five minutes, in their last state", () => {
    const now = { ms: 0 };
    const cache = cacheAt(now);
    cache.apply(list(thing("a", 1), thing("b", 1)));
    cache.apply(change("DELETED", thing("a", 7)));
    now.ms = 200_000;
    cache.apply(list());
    expect(cache.deleted("uid-a")?.metadata?.resourceVersion).to.equal("7");
    expect(cache.deleted("uid-b")?.metadata?.resourceVersion).to.equal("1");
    now.ms = 300_000;
    expect(cache.deleted("uid-a")).to.equal(undefined);
    expect(cache.deleted("uid-b")).not.to.equal(undefined);
  });

  it("tells the last state of what was deleted", () => {
    const cache = cacheAt();
    cache.apply(list(thing("a", 1)));
    const [gone] = cache.apply(change("DELETED", thing("a", 7)));
    expect(gone?.before?.metadata?.resourceVersion).to.equal("7");
    expect(gone).not.to.have.property("after");
  });

  it("holds ten thousand objects and relists them quickly", () => {
    const cache = cacheAt();
    const many = Array.from({ length: 10_000 }, (_, at) => thing(`t${at}`, 1, { colors: [`c${at % 100}`] }));
    cache.apply(list(...many));
    expect(cache.size).to.equal(10_000);
    expect(cache.byIndex("color", "c7")).to.have.length(100);
    expect(cache.apply(list(...many))).to.deep.equal([]);
  });
});
