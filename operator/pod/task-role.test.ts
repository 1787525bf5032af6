import { expect } from "chai";

import { SETTINGS } from "#lib/settings.ts";
import { loadConfig } from "#lib/config.ts";
import type { Surroundings } from "./input.ts";
import { podSpecOf } from "./pod-spec.ts";
import { surroundingsOf } from "./surroundings.ts";

const role = "arn:aws:iam::000000000000:role/app/worker";
const fromSecret: Surroundings = { taskRole: "secret", sidecarImage: "kecs:dev" };

function specOf(surroundings: Surroundings, more: object = {}) {
  return podSpecOf({
    taskDefinition: {
      family: "web",
      taskRoleArn: role,
      memory: "512",
      containerDefinitions: [{ name: "app", image: "busybox", memory: 64, essential: true }],
      ...more,
    },
    restartPolicy: "Never",
    task: {
      region: "us-east-1",
      clusterName: "shop",
      clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/shop",
      taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1",
      revision: 1,
      surroundings,
    },
  }).spec;
}

const variable = (spec: ReturnType<typeof specOf>, name: string) =>
  spec.containers[0]?.env?.find((each) => each.name === name)?.value;

describe("the role of a task", () => {
  it("changes nothing where there is none, or none is configured", () => {
    const bare = specOf({}, { taskRoleArn: undefined });
    expect(specOf({})).to.deep.equal(bare);
    expect(specOf(fromSecret, { taskRoleArn: undefined })).to.deep.equal(bare);
    expect(specOf(fromSecret, { networkMode: "host" }).initContainers).to.equal(undefined);
  });

  it("has its credentials served by a sidecar, which alone mounts the role's Secret", () => {
    const spec = specOf(fromSecret);
    const [sidecar] = spec.initContainers ?? [];
    expect(sidecar).to.include({ image: "kecs:dev", restartPolicy: "Always" });
    expect(sidecar?.args?.[0]).to.equal("agent/credentials-sidecar.ts");
    expect(spec.volumes?.find(({ secret }) => secret)?.secret).to.deep.equal({
      secretName: "iam-role.app.worker",
      optional: true,
    });
    expect(spec.containers[0]?.volumeMounts).to.deep.equal([
      { name: "kecs-credentials", mountPath: "/run/kecs/credentials", readOnly: true },
    ]);
    expect(variable(spec, "AWS_CONTAINER_CREDENTIALS_FULL_URI")).to.match(/^http:\/\/127\.0\.0\.1:\d+\/credentials$/);
    expect(variable(spec, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")).to.equal("/run/kecs/credentials/token");
    expect(spec.resources?.limits?.["memory"], "the task keeps its memory").to.equal("608Mi");
  });

  it("is proved by a web identity where that is configured", () => {
    const spec = specOf({ taskRole: "web-identity" });
    expect(variable(spec, "AWS_ROLE_ARN")).to.equal(role);
    expect(variable(spec, "AWS_WEB_IDENTITY_TOKEN_FILE")).to.equal("/run/kecs/credentials/token");
    expect(spec.volumes?.[0]?.projected?.sources?.[0]?.serviceAccountToken?.audience).to.equal("sts.amazonaws.com");
    expect(spec.initContainers).to.equal(undefined);
  });

  it("leaves variables alone that the task definition sets", () => {
    const environment = [{ name: "AWS_ROLE_ARN", value: "mine" }];
    const containerDefinitions = [{ name: "app", image: "busybox", memory: 64, environment }];
    expect(variable(specOf({ taskRole: "web-identity" }, { containerDefinitions }), "AWS_ROLE_ARN")).to.equal("mine");
  });

  it("needs an image for the sidecar", () => {
    const config = (env: Record<string, string>) => loadConfig(env);
    expect(SETTINGS.taskRole.default).to.equal("none");
    expect(() => surroundingsOf(config({ KECS_TASK_ROLE: "secret" }))).to.throw("KECS_SIDECAR_IMAGE");
    const both = { KECS_TASK_ROLE: "secret", KECS_SIDECAR_IMAGE: "kecs:dev" };
    expect(surroundingsOf(config(both))).to.deep.include({ taskRole: "secret", sidecarImage: "kecs:dev" });
  });
});
