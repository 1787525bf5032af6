import { expect } from "chai";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { credentialsDocument } from "./credentials.ts";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

describe("credentials of a task's role", () => {
  let folder: string;
  const put = (key: string, value: string) => writeFile(join(folder, key), value);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kecs-credentials-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("are what the Secret holds now", async () => {
    await put("AWS_ACCESS_KEY_ID", "AKIA\n");
    await put("AWS_SECRET_ACCESS_KEY", "secret");
    const now = new Date("2026-11-21T10:00:00.000Z");
    expect(await credentialsDocument(folder, now)).to.deep.equal({
      AccessKeyId: "AKIA",
      SecretAccessKey: "secret",
      Token: "",
      Expiration: "2026-11-21T11:00:00.000Z",
    });
    await put("AWS_SESSION_TOKEN", "session");
    await put("AWS_CREDENTIAL_EXPIRATION", "2026-11-21T10:30:00Z");
    expect(await credentialsDocument(folder, now)).to.include({ Token: "session", Expiration: "2026-11-21T10:30:00Z" });
  });

  it("are served on loopback to who knows the token, and follow the Secret", async () => {
    const port = await freePort();
    const token = join(folder, "token");
    const options = [
      `--port=${port}`,
      "--role-arn=arn:role",
      `--secret=${folder}`,
      "--secret-name=s",
      `--token=${token}`,
    ];
    const sidecar = spawn(process.execPath, [join(import.meta.dirname, "credentials-sidecar.ts"), ...options]);
    try {
      for (let tries = 0; tries < 100 && !(await stat(token).catch(() => undefined)); tries++) await sleep(50);
      const authorization = await readFile(token, "utf8");
      const url = `http://127.0.0.1:${port}/credentials`;
      const ask = (headers: Record<string, string>) => fetch(url, { headers });
      expect((await ask({})).status).to.equal(401);
      const missing = await ask({ authorization });
      expect(missing.status).to.equal(404);
      expect(await missing.text()).to.contain("Secret s of the task's namespace: there is no AWS_ACCESS_KEY_ID");
      await put("AWS_ACCESS_KEY_ID", "AKIA");
      await put("AWS_SECRET_ACCESS_KEY", "secret");
      const answer = await ask({ authorization });
      expect(answer.status).to.equal(200);
      expect(await answer.json()).to.include({ RoleArn: "arn:role", AccessKeyId: "AKIA" });
    } finally {
      sidecar.kill("SIGKILL");
    }
  });
});
