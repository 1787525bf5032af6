import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openConnection } from "./connection.ts";

describe("openConnection", () => {
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "kecs-connection-"));
    file = join(folder, "kubeconfig");
    const config = {
      "current-context": "one",
      clusters: [
        { name: "a", cluster: { server: "https://127.0.0.1:1/" } },
        { name: "b", cluster: { server: "https://127.0.0.1:2" } },
      ],
      users: [
        { name: "basic", user: { username: "me", password: "secret" } },
        { name: "token", user: { token: "abc" } },
      ],
      contexts: [
        { name: "one", context: { cluster: "a", user: "basic", namespace: "mine" } },
        { name: "two", context: { cluster: "b", user: "token" } },
        { name: "lost", context: { cluster: "c", user: "token" } },
      ],
    };
    await writeFile(file, JSON.stringify(config));
  });

  after(() => rm(folder, { recursive: true }));

  it("takes the current context, its server, namespace and credentials", async () => {
    const connection = openConnection({ kubeconfig: file });
    expect(connection.server).to.equal("https://127.0.0.1:1");
    expect(connection.defaultNamespace).to.equal("mine");
    const { headers } = await connection.credentials();
    expect(headers).to.have.property("authorization", `Basic ${Buffer.from("me:secret").toString("base64")}`);
  });

  it("takes the context asked for", async () => {
    const connection = openConnection({ kubeconfig: file, context: "two" });
    expect(connection.server).to.equal("https://127.0.0.1:2");
    expect((await connection.credentials()).headers).to.have.property("Authorization", "Bearer abc");
  });

  it("keeps its connections when credentials are read anew and are the same", async () => {
    const connection = openConnection({ kubeconfig: file });
    const { agent } = await connection.credentials();
    expect((await connection.credentials(true)).agent).to.equal(agent);
  });

  it("says what is wrong with a configuration", () => {
    expect(() => openConnection({ kubeconfig: file, context: "three" })).to.throw(
      'kubeconfig has no context "three"; it has one, two, lost',
    );
    expect(() => openConnection({ kubeconfig: file, context: "lost" })).to.throw('context "lost" names no cluster');
    const missing = join(folder, "missing");
    expect(() => openConnection({ kubeconfig: missing })).to.throw(`cannot read the kubeconfig ${missing}`);
  });
});
