/**
 * Hands the credentials of a task's role, as a mounted Secret holds them, to the AWS SDKs in the task's containers. It
 * has no rights in Kubernetes, listens on loopback only, and answers who knows the token that it puts beside them.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { credentialsDocument, MissingCredentialsError } from "./credentials.ts";

const REQUEST_MS = 5_000;
const MAX_CONNECTIONS = 100;

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: { port: text, "role-arn": text, secret: text, "secret-name": text, token: text },
});
const { port = "0", "role-arn": roleArn = "", secret = "", "secret-name": secretName = "", token: file = "" } = values;

/** The token of an earlier start goes on, because containers have read it. */
async function ownToken(): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch {
    return Buffer.from(randomBytes(32).toString("base64url"));
  }
}

/** Written as a whole, so that nobody reads half of it. */
async function publish(token: Buffer): Promise<void> {
  await writeFile(`${file}.new`, token, { mode: 0o444 });
  await rename(`${file}.new`, file);
}

const token = await ownToken();

function knowsToken(given = ""): boolean {
  const bytes = Buffer.from(given);
  return bytes.length === token.length && timingSafeEqual(bytes, token);
}

async function answer(path: string, authorization: string | undefined): Promise<[status: number, body: object]> {
  if (path !== "/credentials") return [404, { code: "NotFound", message: "Here is /credentials only." }];
  if (!knowsToken(authorization)) return [401, { code: "Unauthorized", message: "The authorization token is wrong." }];
  try {
    return [200, { RoleArn: roleArn, ...(await credentialsDocument(secret, new Date())) }];
  } catch (error) {
    if (!(error instanceof MissingCredentialsError)) throw error;
    return [404, { code: "NoCredentials", message: `Secret ${secretName} of the task's namespace: ${error.message}` }];
  }
}

const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
  answer(request.url ?? "", request.headers.authorization)
    .catch((): [number, object] => [500, { code: "Internal", message: "The credentials cannot be read." }])
    .then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
      return response.end(JSON.stringify(body));
    })
    .catch(() => response.destroy());
});
server.maxConnections = MAX_CONNECTIONS;
server.listen(Number(port), "127.0.0.1", () => void publish(token));
process.on("SIGTERM", () => process.exit(0));
