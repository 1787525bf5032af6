import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { expect } from "chai";
import { createLogger, type LogFields, type Logger } from "#lib/log.ts";
import { createMetrics } from "#lib/metrics.ts";
import { parseChallenge } from "./registry.ts";
import { ImageResolver, type Wish } from "./resolver.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const log = createLogger({ level: "error", format: "text", component: "test" });

type Reply = [status: number, headers?: Record<string, string>, body?: string];

const challenge = (scheme: string, realm: string): Reply => [
  401,
  { "www-authenticate": `${scheme} realm="${realm}",service="reg,istry"` },
];
const FOUND: Reply = [200, { "docker-content-digest": DIGEST }];

/** The ways of registries: each repository behaves in one of them. */
const REPOSITORIES: Record<string, (request: IncomingMessage, tokens: string) => Reply> = {
  plain: () => FOUND,
  token: ({ headers }, tokens) => (headers.authorization === "Bearer everyone's" ? FOUND : challenge("Bearer", tokens)),
  private: (_request, tokens) => challenge("Bearer", tokens),
  elsewhere: () => challenge("Bearer", "http://127.0.0.2:1/token"),
  login: (_request, tokens) => challenge("Basic", tokens),
  moved: () => [307, { location: "/v2/plain/manifests/latest" }],
  circle: ({ url = "" }) => [307, { location: url }],
  busy: () => [429],
  vague: () => [200],
};

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  const repository = /^\/v2\/(.*)\/manifests\//.exec(pathname)?.[1] ?? "";
  if (repository === "silent") return;
  const way = REPOSITORIES[repository] ?? ((): Reply => [404]);
  const [status, headers = {}, body = ""] =
    pathname === "/token" ? tokenFor(searchParams) : way(request, `http://${request.headers.host}/token`);
  response.writeHead(status, headers).end(body);
}

function tokenFor(parameters: URLSearchParams): Reply {
  const forEveryone = parameters.get("service") === "reg,istry" && parameters.get("scope") === "repository:token:pull";
  return forEveryone ? [200, {}, JSON.stringify({ access_token: "everyone's" })] : [403];
}

describe("asking a registry", function () {
  this.timeout(10_000);
  let server: Server;
  let host: string;
  let requests: string[];

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request.url ?? "");
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    host = `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function resolver(imageResolution = "all", now = () => new Date(), logger: Logger = log): ImageResolver {
    return new ImageResolver({
      config: { imageResolution, insecureRegistries: "" },
      log: logger,
      metrics: createMetrics("test"),
      now,
    });
  }
  const wish = (more: Partial<Wish> = {}): Wish => ({
    since: Date.now(),
    insist: false,
    signal: new AbortController().signal,
    ...more,
  });
  const ask = (repository: string) => resolver().resolve(`${host}/${repository}`, wish());

  const outcomes: [string, string, object][] = [
    ["plain", "tells the digest", { kind: "digest", digest: DIGEST }],
    ["token", "takes the token that everyone is given", { kind: "digest", digest: DIGEST }],
    ["moved", "follows a redirect", { kind: "digest", digest: DIGEST }],
    ["private", "tells what is not for everyone", { kind: "denied" }],
    ["elsewhere", "asks for tokens nowhere without TLS but at the registry itself", { kind: "denied" }],
    ["login", "tells where a password is needed", { kind: "denied" }],
    ["nothing", "tells what is not there", { kind: "missing" }],
    ["busy", "takes a refusal to answer for none", { kind: "unreachable", reason: "status 429" }],
    [
      "vague",
      "takes an answer without a digest for none",
      { kind: "unreachable", reason: "the answer names no digest" },
    ],
    ["circle", "does not follow redirects for ever", { kind: "unreachable", reason: "too many redirects" }],
  ];
  for (const [repository, what, outcome] of outcomes) {
    it(what, async () => expect(await ask(repository)).to.deep.equal(outcome));
  }

  it("warns once that a registry does not answer, and anew after it has", async () => {
    const warnings: LogFields[] = [];
    const ignore = (): void => undefined;
    const listening: Logger = {
      error: ignore,
      warn: (_message, fields = {}) => void warnings.push(fields),
      info: ignore,
      debug: ignore,
      child: () => listening,
    };
    const images = resolver("all", () => new Date(), listening);
    const insist = (repository: string) => images.resolve(`${host}/${repository}`, wish({ insist: true }));
    for (const repository of ["busy", "busy", "vague"]) await insist(repository);
    expect(warnings).to.deep.equal([{ registry: host, repository: "busy", reason: "status 429" }]);
    for (const repository of ["plain", "busy"]) await insist(repository);
    expect(warnings).to.have.length(2);
  });

  it("does not wait long, and leaves a registry that does not answer alone for a while", async () => {
    const images = resolver();
    const started = Date.now();
    expect(await images.resolve(`${host}/silent`, wish())).to.include({ kind: "unreachable" });
    expect(Date.now() - started).to.be.within(1_500, 4_000);
    expect(await images.resolve(`${host}/plain`, wish())).to.include({ kind: "unreachable" });
    expect(await images.resolve(`${host}/plain`, wish({ insist: true }))).to.include({ kind: "digest" });
    expect(await images.resolve(`${host}/plain`, wish())).to.include({ kind: "digest" });
  });

  it("says at once where nothing listens", async () => {
    expect(await resolver().resolve("127.0.0.1:1/app", wish())).to.include({ kind: "unreachable" });
  });

  it("asks once for wishes of one time, and anew for a later one", async () => {
    let now = 1_000;
    const images = resolver("all", () => new Date(now));
    const resolve = (since: number) => images.resolve(`${host}/plain`, wish({ since }));
    await Promise.all([resolve(1_000), resolve(500), resolve(1_000)]);
    await resolve(1_000);
    expect(requests).to.have.length(1);
    now = 2_000;
    await resolve(1_500);
    expect(requests).to.have.length(2);
    expect(images.lastDigest(`${host}/plain:latest`)).to.equal(DIGEST);
    expect(images.lastDigest(`${host}/plain:other`)).to.equal(undefined);
  });

  it("asks only the registries that it is to ask, and about nothing that is a digest already", async () => {
    const unasked = { kind: "unasked" };
    expect(await resolver("none").resolve(`${host}/plain`, wish())).to.deep.equal(unasked);
    expect(await resolver("ghcr.io,127.0.0.1:1").resolve(`${host}/plain`, wish())).to.deep.equal(unasked);
    expect(await resolver().resolve(`${host}/plain@${DIGEST}`, wish())).to.deep.equal(unasked);
    expect(await resolver().resolve("no image", wish())).to.deep.equal(unasked);
    expect(requests).to.deep.equal([]);
    expect(await resolver("ghcr.io, 127.0.0.1").resolve(`${host}/plain`, wish())).to.include({ kind: "digest" });
    expect(await resolver(host).resolve(`${host}/plain`, wish())).to.include({ kind: "digest" });
  });

  it("ends with whoever waits for it", async () => {
    const abort = new AbortController();
    const waiting = resolver().resolve(`${host}/silent`, wish({ signal: abort.signal }));
    abort.abort(new Error("the term is over"));
    expect(await waiting.catch((error: Error) => error.message)).to.equal("the term is over");
  });

  it("reads challenges as servers write them", () => {
    expect(
      parseChallenge('Bearer realm="https://a.example/t?x=1",service="a, b",scope="repository:x:pull"'),
    ).to.deep.equal({ realm: "https://a.example/t?x=1", service: "a, b", scope: "repository:x:pull" });
    expect(parseChallenge("bearer Realm=https://a.example/t, service=s")).to.deep.equal({
      realm: "https://a.example/t",
      service: "s",
    });
    expect(parseChallenge('Basic realm="https://a.example"')).to.deep.equal({});
    expect(parseChallenge("")).to.deep.equal({});
  });
});
