import { expect } from "chai";
import * as fc from "fast-check";
import type { KubeClient } from "#lib/kube/client.ts";
import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import { restartProblem } from "#lib/ecs/shell-wrapper.ts";
import { podSpecOf } from "../../operator/pod/pod-spec.ts";
import { taskDefinitions } from "../support/task-definition-arbitrary.ts";
import { ControlPlane } from "./control-plane.ts";

const RUNS = 150;
const ARN = "arn:aws:ecs:us-east-1:000000000000";

describe("the Pod of any task definition", function () {
  this.timeout(120_000);
  let plane: ControlPlane;
  let client: KubeClient;

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
  });
  after(async () => {
    client.close();
    await plane.stop();
  });

  it("is accepted by the API server", async () => {
    const seed = Number(process.env["KECS_TEST_SEED"] ?? Date.now() % 2 ** 31);
    console.log(`      seed ${seed} (again with KECS_TEST_SEED=${seed})`);
    const accepted = fc.asyncProperty(
      taskDefinitions,
      fc.constantFrom("Never" as const, "Always" as const),
      fc.constantFrom("FARGATE" as const, "EC2" as const),
      fc.boolean(),
      async (taskDefinition, restartPolicy, launchType, rules) => {
        // Refused before a Pod is made of it.
        const containerRestartRules = rules || restartProblem(taskDefinition.containerDefinitions) !== undefined;
        const { metadata, spec } = podSpecOf({
          taskDefinition,
          restartPolicy,
          task: {
            region: "us-east-1",
            clusterName: "shop",
            clusterArn: `${ARN}:cluster/shop`,
            taskDefinitionArn: `${ARN}:task-definition/${taskDefinition.family}:1`,
            revision: 1,
            launchType,
            surroundings: { containerRestartRules },
          },
        });
        const pod: Pod = { metadata: { ...metadata, name: "any", namespace: "default" }, spec };
        const made = await client.create<Pod>(RESOURCE.pods, pod, { dryRun: true });
        expect(made.spec?.containers).to.have.length.greaterThan(0);
      },
    );
    await fc.assert(accepted, { numRuns: RUNS, seed });
  });
});
