import { execFileSync } from "node:child_process";
import { expect } from "chai";

/** In a process of its own: here the tests have loaded much else. */
const COUNT = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  const { KubeConfig } = await import("#lib/kube/kube-config.ts");
  const config = new KubeConfig();
  config.loadFromString("{clusters: [{name: c, cluster: {server: 'https://c:1'}}], contexts: [{name: x, context: {cluster: c, user: u}}], users: [{name: u, user: {token: t}}], current-context: x}");
  const applied = {};
  await config.applyToHTTPSOptions(applied);
  const ofLibrary = loaded.filter((url) => url.includes("/@kubernetes/client-node/dist/"));
  const models = ofLibrary.filter((url) => url.includes("/gen/models/")).length;
  process.stdout.write(JSON.stringify({ server: config.getCurrentCluster().server, headers: applied.headers, ofLibrary: ofLibrary.length, models }));
`;

describe("KubeConfig", () => {
  it("is client-node's, without the models of every kind of Kubernetes", () => {
    const told = execFileSync(process.execPath, ["--input-type=module", "--eval", COUNT], { encoding: "utf8" });
    const { server, headers, ofLibrary, models } = JSON.parse(told);
    expect(server).to.equal("https://c:1");
    expect(headers).to.deep.equal({ Authorization: "Bearer t" });
    expect(ofLibrary).to.be.greaterThan(5);
    expect(models).to.equal(0);
  });
});
