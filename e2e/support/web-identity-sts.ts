import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { kubectl } from "./kubectl.ts";

/** What a role's trust policy says of web identities. */
export interface Trust {
  readonly roleArn: string;
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly subject: string;
}

/** The credentials that it hands out. */
export const STS_CREDENTIALS = {
  key: "ASIAWEBIDENTITY00000",
  secret: "of the session",
  token: "session token",
} as const;

const AUDIENCE = "sts.amazonaws.com";

interface Claims {
  iss: string;
  sub: string;
  aud: string[];
  exp: number;
}

/**
 * Stands for AWS STS: AssumeRoleWithWebIdentity for one role, whose OIDC provider is the cluster. Tokens are checked as AWS
 * checks them, with the keys that the issuer publishes.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function withWebIdentitySts<T>(trust: Trust, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    void answer(request, trust).then(
      (body) => response.writeHead(200, { "content-type": "text/xml" }).end(body),
      (error: Error) => response.writeHead(400, { "content-type": "text/xml" }).end(refusal(error.message)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

async function answer(request: IncomingMessage, { roleArn, subject }: Trust): Promise<string> {
  const input = new URLSearchParams(await text(request));
  if (input.get("Action") !== "AssumeRoleWithWebIdentity") throw new Error(`no such action: ${input.get("Action")}`);
  if (input.get("RoleArn") !== roleArn) throw new Error(`not this role: ${input.get("RoleArn")}`);
  const claims = await verified(input.get("WebIdentityToken") ?? "");
  if (claims.sub !== subject) throw new Error(`the role does not trust ${claims.sub}`);
  const { key, secret, token } = STS_CREDENTIALS;
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${expiration}</Expiration></Credentials>
<SubjectFromWebIdentityToken>${claims.sub}</SubjectFromWebIdentityToken>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
}

/** The claims of a token that the cluster's issuer has signed for AWS, and that is still good. */
async function verified(token: string): Promise<Claims> {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { kid, alg } = decoded(header) as { kid: string; alg: string };
  const claims = decoded(payload) as Claims;
  const { issuer, jwks_uri } = await published<{ issuer: string; jwks_uri: string }>(
    "/.well-known/openid-configuration",
  );
  const { keys } = await published<{ keys: (JsonWebKey & { kid: string })[] }>(new URL(jwks_uri).pathname);
  const key = keys.find((each) => each.kid === kid);
  const good =
    alg === "RS256" &&
    key !== undefined &&
    verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      createPublicKey({ key, format: "jwk" }),
      Buffer.from(signature, "base64url"),
    );
  if (!good) throw new Error("the issuer has not signed the token");
  if (claims.iss !== issuer) throw new Error(`another issuer: ${claims.iss}`);
  if (!claims.aud.includes(AUDIENCE)) throw new Error(`another audience: ${claims.aud.join(", ")}`);
  if (claims.exp * 1000 <= Date.now()) throw new Error("the token has expired");
  return claims;
}

function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
}

/** @param path of the API server, which publishes these for the cluster's issuer */
function published<T>(path: string): Promise<T> {
  return kubectl("get", "--raw", path).then((answer) => JSON.parse(answer) as T);
}

function refusal(message: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>${message}</Message></Error></ErrorResponse>`;
}
