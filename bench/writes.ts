import { randomUUID } from "node:crypto";
import { CreateServiceCommand, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { RESOURCES } from "../model/generated/resources.generated.ts";
import type { KubeObject } from "../lib/kube/resources.ts";
import { atMost, type Bench, type Figure, progress } from "./figure.ts";
import { IMAGE, openGround } from "./installation.ts";
import { median, percentile } from "./statistics.ts";

/** The calls that write one custom resource, beside writing the same resource to Kubernetes. */
export const writes: Bench = {
  title: "Calls that write",
  how: "The call through the AWS SDK and the same custom resource created at the Kubernetes API, in turn, one at a time.",
  limit:
    "the call is answered when a describe would show what it wrote: after the API server's write come its watch, and the " +
    "gateway's commit with a sync of the disk.",
  async run({ quick }): Promise<Figure[]> {
    const rounds = quick ? 20 : 200;
    const ground = await openGround();
    const { ecs, kube, cluster, namespace } = ground;
    const taken = { service: new Pair(), taskDefinition: new Pair() };
    try {
      const taskDefinition = await ground.register();
      const containerDefinitions = [{ name: "main", image: IMAGE, memory: 16, command: ["sleep", "3600"] }];
      for (let round = 0; round <= rounds; round += 1) {
        if (round % 20 === 0) progress(`writes: round ${round} of ${rounds}`);
        const name = `svc-${round}`;
        const spec = { cluster, taskDefinition, desiredCount: 0 };
        await taken.service.add(
          () => ecs.send(new CreateServiceCommand({ serviceName: name, ...spec })),
          () =>
            kube.create(RESOURCES.ECSService, { metadata: { name: `bare-${round}`, namespace }, spec } as KubeObject),
        );
        const family = `${cluster}-${randomUUID().slice(0, 8)}`;
        await taken.taskDefinition.add(
          () => ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions })),
          () =>
            kube.create(RESOURCES.ECSTaskDefinition, {
              metadata: { name: `${family}-bare`, namespace },
              spec: { family: `${family}-bare`, containerDefinitions },
            } as KubeObject),
        );
      }
      return [
        ...taken.service.figures("CreateService", "ECSService written"),
        ...taken.taskDefinition.figures("RegisterTaskDefinition", "ECSTaskDefinition written"),
      ];
    } finally {
      await ground.dispose();
    }
  },
};

/** Milliseconds of two things that are done in turn. */
class Pair {
  readonly #ours: number[] = [];
  readonly #theirs: number[] = [];
  #warm = false;

  /** The first of each warms connections and caches, and is not counted. */
  async add(ours: () => Promise<unknown>, theirs: () => Promise<unknown>): Promise<void> {
    const times = [await milliseconds(ours), await milliseconds(theirs)] as const;
    if (this.#warm) {
      this.#ours.push(times[0]);
      this.#theirs.push(times[1]);
    }
    this.#warm = true;
  }

  figures(call: string, against: string): Figure[] {
    const figure = (name: string, of: (samples: readonly number[]) => number): Figure =>
      atMost(1.3, { what: `${call}, ${name}`, against, unit: "ms", ours: of(this.#ours), theirs: of(this.#theirs) });
    return [figure("p50", median), figure("p99", (samples) => percentile(samples, 99))];
  }
}

async function milliseconds(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}
