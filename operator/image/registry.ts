import { apiHost, type ImageReference, isOfficial } from "./reference.ts";

/**
 * What a registry says of an image:
 * - `digest`: the manifest, or list of manifests, that the tag names now;
 * - `denied`: only those may see it who have credentials, as nodes may, which the operator has not;
 * - `missing`: there is no such image or tag;
 * - `unreachable`: no answer, or none that says anything about the image.
 */
export type Outcome =
  | { readonly kind: "digest"; readonly digest: string }
  | { readonly kind: "denied" | "missing" }
  | { readonly kind: "unreachable"; readonly reason: string };

export interface Question {
  readonly reference: ImageReference;
  /** Whether the registry is spoken to without TLS. */
  readonly plainHttp: boolean;
  readonly signal: AbortSignal;
}

/** All forms of a manifest: an answer in another form has another digest than what a node would pull. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MOST_REDIRECTS = 3;
const LONGEST_TOKEN = 64 * 1024;

/**
 * Asks a registry which manifest a tag names, as anybody may ask: without credentials, with the token that registries
 * give to everyone.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#checking-if-content-exists-in-the-registry
 */
export async function askRegistry(question: Question): Promise<Outcome> {
  try {
    const first = await head(question);
    if (first.status !== 401) return outcomeOf(first, question.reference);
    const token = await anonymousToken(first.headers.get("www-authenticate") ?? "", question);
    if (token === undefined) return refused(question.reference);
    return outcomeOf(await head(question, token), question.reference);
  } catch (error) {
    return { kind: "unreachable", reason: reasonOf(error) };
  }
}

function outcomeOf({ status, headers }: Response, reference: ImageReference): Outcome {
  if (status === 401 || status === 403) return refused(reference);
  if (status === 404) return { kind: "missing" };
  const digest = headers.get("docker-content-digest") ?? "";
  if (status === 200 && DIGEST.test(digest)) return { kind: "digest", digest };
  return { kind: "unreachable", reason: status === 200 ? "the answer names no digest" : `status ${status}` };
}

/** Docker Hub does not tell who asks without credentials whether an image is private or not there at all. */
function refused(reference: ImageReference): Outcome {
  return { kind: isOfficial(reference) ? "missing" : "denied" };
}

function head({ reference, plainHttp, signal }: Question, token?: string): Promise<Response> {
  const { registry, repository, tag = "latest" } = reference;
  const url = new URL(`${plainHttp ? "http" : "https"}://${apiHost(registry)}/v2/${repository}/manifests/${tag}`);
  const headers = { accept: MANIFESTS, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return request(url, { method: "HEAD", headers, signal });
}

/** Follows redirects, but never from TLS to none, and with the token only to the registry itself. */
async function request(url: URL, init: RequestInit, redirects = 0): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  const location = response.headers.get("location");
  if (response.status < 300 || response.status >= 400 || location === null) return response;
  await response.body?.cancel();
  const next = new URL(location, url);
  if (redirects === MOST_REDIRECTS) throw new Error("too many redirects");
  if (!isAsSafe(next, url)) throw new Error(`redirected to ${next.protocol}//${next.host}`);
  const headers = new Headers(init.headers);
  if (next.host !== url.host) headers.delete("authorization");
  return request(next, { ...init, headers }, redirects + 1);
}

function isAsSafe(next: URL, from: URL): boolean {
  return next.protocol === "https:" || (from.protocol === "http:" && next.protocol === "http:");
}

/**
 * The token that a registry's challenge sends one for; undefined where it gives none without credentials.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
async function anonymousToken(challenge: string, question: Question): Promise<string | undefined> {
  const { reference, plainHttp, signal } = question;
  const { realm, service, scope } = parseChallenge(challenge);
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  // Whoever names the registry chooses this address: nothing is to be asked there that speaks no TLS.
  const own =
    plainHttp && url.protocol === "http:" && url.hostname === new URL(`http://${reference.registry}`).hostname;
  if (url.protocol !== "https:" && !own) return undefined;
  url.searchParams.set("scope", scope ?? `repository:${reference.repository}:pull`);
  if (service !== undefined) url.searchParams.set("service", service);
  const response = await request(url, { signal });
  if (response.status === 401 || response.status === 403) return undefined;
  if (response.status !== 200) throw new Error(`status ${response.status} of ${url.host}`);
  return tokenIn(await response.text());
}

function tokenIn(text: string): string | undefined {
  if (text.length > LONGEST_TOKEN) throw new Error("an overlong token");
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== "object" || answer === null) return undefined;
  const { token, access_token: accessToken } = answer as Record<string, unknown>;
  return [token, accessToken].find((each) => typeof each === "string" && each !== "") as string | undefined;
}

/** The parameters of a `WWW-Authenticate: Bearer …`; none where another scheme is asked for. */
export function parseChallenge(challenge: string): { realm?: string; service?: string; scope?: string } {
  const parameters = /^bearer\s+(.*)$/is.exec(challenge.trim())?.[1] ?? "";
  const pairs = parameters.matchAll(/([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/gi);
  return Object.fromEntries(
    [...pairs].map(([, name = "", quoted, plain]) => [name.toLowerCase(), quoted ?? plain] as const),
  );
}

/** `fetch` says "fetch failed"; what failed is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || reasonOf(error.cause) : error.message;
}
