import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigError, loadConfig, printableConfig } from "./config.ts";

function problemsOf(env: NodeJS.ProcessEnv, argv: string[] = []): readonly string[] {
  try {
    loadConfig(env, argv);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("config", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "kecs-config-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(text: string): string {
    const path = join(folder, "kecs.yaml");
    writeFileSync(path, text);
    return path;
  }

  it("has defaults that listen on loopback only", () => {
    const config = loadConfig({});
    expect(config).to.include({ host: "127.0.0.1", port: 8080, adminHost: "127.0.0.1", region: "us-east-1" });
    expect(config).to.not.have.property("kubeconfig");
  });

  it("lets a variable win over the file and the file over the default", () => {
    const KECS_CONFIG = file('region: eu-west-1\naccountId: "123456789012"\nport: 9000\n');
    const config = loadConfig({ KECS_CONFIG, KECS_PORT: "9001" });
    expect(config).to.include({ region: "eu-west-1", accountId: "123456789012", port: 9001, adminPort: 8081 });
    expect(loadConfig({}, ["--config", KECS_CONFIG]).port).to.equal(9000);
  });

  it("names every setting to correct at once", () => {
    const problems = problemsOf({ KECS_PORT: "many", KECS_REGOIN: "x", KECS_LOG_LEVEL: "loud", KECS_ACCOUNT_ID: "12" });
    expect(problems).to.have.length(4);
    expect(problems.join("\n"))
      .to.match(/KECS_PORT must be integer/)
      .and.match(/KECS_REGOIN is not a setting/)
      .and.match(/KECS_LOG_LEVEL must be one of error, warn, info, debug/)
      .and.match(/KECS_ACCOUNT_ID must match pattern/);
  });

  it("refuses unknown keys, wrong types and broken YAML in the file by name", () => {
    expect(problemsOf({ KECS_CONFIG: file("prot: 1\n") })[0]).to.match(/kecs\.yaml: prot is not a setting/);
    expect(problemsOf({ KECS_CONFIG: file('port: "1"\n') })[0]).to.match(/port must be integer/);
    expect(problemsOf({ KECS_CONFIG: file("- a\n") })[0]).to.match(/must be a mapping/);
    expect(problemsOf({ KECS_CONFIG: file("a: [") })[0]).to.match(/cannot be read/);
    expect(problemsOf({ KECS_CONFIG: join(folder, "none.yaml") })[0]).to.match(/cannot be read.*ENOENT/);
    expect(problemsOf({}, ["--prot", "1"])[0]).to.match(/--prot/);
  });

  it("ignores what Kubernetes and scripts put into the environment", () => {
    const env = {
      KECS_SERVICE_HOST: "10.0.0.1",
      KECS_PORT: "tcp://10.0.0.1:8080",
      KECS_PORT_8080_TCP_ADDR: "10.0.0.1",
      KECS_ADMIN_SERVICE_PORT_HTTP: "8081",
      KECS_TEST_TIMEOUT: "9",
      KECS_CACHE: "/var/cache/kecs",
      KECS_OPERATOR_ADMIN_ENDPOINT: "http://127.0.0.1:8082",
      KECS_ENDPOINT: "http://127.0.0.1:8080",
      KECS_REGION: "",
    };
    expect(loadConfig(env).port).to.equal(8080);
  });

  it("is printable whole", () => {
    expect(printableConfig(loadConfig({}))).to.include({ port: 8080, dataDir: ".kecs/data" });
  });
});
