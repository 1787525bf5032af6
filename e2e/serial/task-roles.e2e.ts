import { RunTaskCommand, StopTaskCommand, waitUntilTasksRunning } from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "../support/ecs-fixture.ts";
import { kubectl } from "../support/kubectl.ts";
import { realNode } from "../support/nodes.ts";
import { makeUp } from "../support/processes.ts";
import { boto3 } from "../support/python-clients.ts";
import { STS_CREDENTIALS, withWebIdentitySts } from "../support/web-identity-sts.ts";

const ROLE = "arn:aws:iam::123456789012:role/app/worker";

describe("task roles by a web identity", function () {
  this.timeout(600_000);
  let ecs: EcsFixture;
  let folder: string;

  before(async () => {
    await realNode();
    folder = await mkdtemp(join(tmpdir(), "kecs-token-"));
    await makeUp("KECS_TASK_ROLE=web-identity");
    ecs = await ecsFixture("roles");
  });
  after(async () => {
    await ecs?.dispose();
    await makeUp();
    await rm(folder, { recursive: true, force: true });
  });

  /** What an SDK finds with the variables of a container, on this machine, or the error that it gets. */
  async function credentialsWith(variables: Record<string, string>, sts: string): Promise<Record<string, string>> {
    return boto3<Record<string, string>>(`
import json, os
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"): del os.environ[name]
os.environ.update(${JSON.stringify(variables)}, AWS_ENDPOINT_URL_STS="${sts}")
import boto3
try:
    found = boto3.Session().get_credentials().get_frozen_credentials()
    print(json.dumps({"key": found.access_key, "secret": found.secret_key, "token": found.token}))
except Exception as error:
    print(json.dumps({"error": str(error)}))
`);
  }

  it("give containers a token of the cluster that AWS can check, and SDKs exchange it by themselves", async () => {
    const taskDefinition = await ecs.register("role", [shell(SLEEP)], { taskRoleArn: ROLE });
    const { tasks = [] } = await ecs.client.send(new RunTaskCommand({ cluster: ecs.cluster, taskDefinition }));
    const arn = tasks[0]!.taskArn!;
    await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks: [arn] });
    const namespace = `ecs-${ecs.cluster}`;
    const inside = (command: string): Promise<string> =>
      kubectl("-n", namespace, "exec", arn.split("/").at(-1)!, "-c", "main", "--", "sh", "-c", command);
    const variables = Object.fromEntries(
      (await inside("env"))
        .split("\n")
        .filter((line) => line.startsWith("AWS_"))
        .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    expect(variables).to.include({ AWS_ROLE_ARN: ROLE, AWS_REGION: "us-east-1" });
    const token = (await inside(`cat "$AWS_WEB_IDENTITY_TOKEN_FILE"`)).trim();

    const trust = { roleArn: ROLE, subject: `system:serviceaccount:${namespace}:default` };
    const use = async (content: string, trusted = trust): Promise<Record<string, string>> => {
      const file = join(folder, "token");
      await writeFile(file, content);
      return withWebIdentitySts(trusted, (sts) =>
        credentialsWith({ ...variables, AWS_WEB_IDENTITY_TOKEN_FILE: file }, sts),
      );
    };
    expect(await use(token)).to.deep.equal(STS_CREDENTIALS);
    // What stands for AWS here does refuse.
    const [header, payload] = token.split(".");
    expect((await use(`${header}.${payload}.AAAA`))["error"]).to.contain("the issuer has not signed the token");
    const elsewhere = { ...trust, subject: "system:serviceaccount:elsewhere:default" };
    expect((await use(token, elsewhere))["error"]).to.contain(`does not trust ${trust.subject}`);

    await ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task: arn }));
  });
});
