import { expect } from "chai";
import { readSettings, SettingsError, withStart } from "./settings.ts";

const root = { platform: "linux", uid: 0 } as const;
const user = { platform: "linux", uid: 1000 } as const;

describe("local cluster settings", () => {
  it("give root on Linux a real node and anyone else a simulated one", () => {
    expect(readSettings("/src", {}, root)).to.include({ realNode: true, kwokNodes: 0 });
    expect(readSettings("/src", {}, user)).to.include({ realNode: false, kwokNodes: 1 });
    expect(readSettings("/src", {}, { platform: "darwin", uid: 0 })).to.include({ realNode: false, kwokNodes: 1 });
  });

  it("take both kinds of node and a number of simulated ones", () => {
    expect(readSettings("/src", { NODES: "real,kwok", KWOK_NODES: "50" }, root)).to.include({
      realNode: true,
      kwokNodes: 50,
    });
    expect(readSettings("/src", { KWOK_NODES: "3" }, root)).to.include({ realNode: true, kwokNodes: 3 });
  });

  it("keep clusters of different slots apart in every port and address", () => {
    const seen = new Set<string | number>();
    for (const slot of [0, 1, 9]) {
      const { ports, network } = readSettings("/src", { NODES: "kwok", KECS_CLUSTER_SLOT: String(slot) }, user);
      const { kubelet: _onNodeAddress, ...loopback } = ports;
      const { nodeAddress: _loopback, ...own } = network;
      for (const value of [...Object.values(loopback), ...Object.values(own)]) {
        // The node's link and table share one name on purpose.
        if (value === network.name) continue;
        expect(seen, String(value)).not.to.include(value);
        seen.add(value);
      }
    }
  });

  it("isolate Pods in CI and where told, and nowhere else", () => {
    expect(readSettings("/src", {}, root).isolated).to.equal(false);
    expect(readSettings("/src", { CI: "true" }, root).isolated).to.equal(true);
    expect(readSettings("/src", { CI: "true", KECS_CLUSTER_ISOLATED: "0" }, root).isolated).to.equal(false);
    expect(readSettings("/src", { KECS_CLUSTER_ISOLATED: "1" }, root).isolated).to.equal(true);
  });

  it("find the cache where the user's caches are", () => {
    expect(readSettings("/src", { HOME: "/home/a" }, user).paths.cache).to.equal("/home/a/.cache/kecs");
    expect(readSettings("/src", { XDG_CACHE_HOME: "/c" }, user).paths.cache).to.equal("/c/kecs");
    expect(readSettings("/src", { XDG_CACHE_HOME: "/c", KECS_CACHE: "/k" }, user).paths.cache).to.equal("/k");
  });

  it("return to an earlier start's addresses", () => {
    const now = readSettings("/src", { KECS_CLUSTER_SLOT: "2" }, root);
    const earlier = withStart(now, { slot: 0, realNode: false });
    expect(earlier.network.nodeAddress).to.equal("127.0.0.1");
    expect(earlier.ports.etcdClient).to.equal(12379);
  });

  const refused: [string, Record<string, string>, typeof root | typeof user, RegExp][] = [
    ["an unknown kind of node", { NODES: "fake" }, root, /NODES=fake/],
    ["a real node without root", { NODES: "real" }, user, /needs Linux and root/],
    ["a slot that is no number", { KECS_CLUSTER_SLOT: "x" }, root, /KECS_CLUSTER_SLOT=x.*0 to 9/],
    ["a slot out of range", { KECS_CLUSTER_SLOT: "10" }, root, /0 to 9/],
    ["a flag that is neither yes nor no", { KECS_CLUSTER_ISOLATED: "maybe" }, root, /KECS_CLUSTER_ISOLATED=maybe/],
  ];
  for (const [what, env, host, message] of refused) {
    it(`refuse ${what}`, () => expect(() => readSettings("/src", env, host)).to.throw(SettingsError, message));
  }

  it("refuse a path that is too long for a socket, unless nodes are simulated", () => {
    const long = `/${"a".repeat(90)}`;
    expect(() => readSettings(long, {}, root)).to.throw(SettingsError, /too long/);
    expect(readSettings(long, { NODES: "kwok" }, root).realNode).to.equal(false);
  });
});
