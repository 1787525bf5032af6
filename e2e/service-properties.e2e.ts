import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  PutClusterCapacityProvidersCommand,
  type Service,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesInactive,
} from "@aws-sdk/client-ecs";
import type { Pod } from "#lib/kube/resources.ts";
import { expect } from "chai";
import * as fc from "fast-check";
import { type EcsFixture, ecsFixture, patience } from "./support/ecs-fixture.ts";
import { kubectl, kubectlApply } from "./support/kubectl.ts";
import { type Outcome, type PlayedNodes, playNodes } from "./support/played-nodes.ts";
import { type TaskLimits, taskLimits } from "./support/task-limits.ts";
import { eventually, uniqueName } from "./support/wait.ts";

/** What becomes of the tasks of each task definition, by its container's image. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  "played/good:1": {},
  "played/good:2": { readyAfterMs: 1_000 },
  "played/crash:1": { readyAfterMs: 3_600_000, exitsAfterMs: 500 },
  "played/late:1": { exitsAfterMs: 3_000 },
};
const GOOD = ["played/good:1", "played/good:2"];
const BAD = ["played/crash:1", "played/late:1"];
const outcomeOf = (pod: Pod): Outcome => OUTCOMES[pod.spec?.containers[0]?.image ?? ""] ?? {};

const LIMITS = [
  [100, 200],
  [50, 100],
  [50, 150],
  [0, 100],
  [100, 134],
] as const;

type Step =
  | { readonly do: "scale"; readonly desiredCount: number }
  | { readonly do: "deploy"; readonly image: string }
  | { readonly do: "limit"; readonly limits: readonly [number, number] }
  | { readonly do: "force" | "fail" | "settle" | "recreate" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("scale" as const), desiredCount: fc.integer({ min: 0, max: 6 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deploy" as const), image: fc.constantFrom(...GOOD, ...BAD) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("limit" as const), limits: fc.constantFrom(...LIMITS) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("force" as const, "fail" as const, "settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("recreate" as const) }) },
);
const RUNS = 3;
/** `SEED=…` plays the sequences of a failed run again. */
const seed = process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };
const STEPS = 9;

describe("any sequence of changes to a service", () => {
  const pool = uniqueName("props");
  let ecs: EcsFixture;
  let nodes: PlayedNodes;
  let limits: TaskLimits;
  const definitions = new Map<string, string>();

  before(async () => {
    ecs = await ecsFixture("props");
    const namespace = `ecs-${ecs.cluster}`;
    nodes = playNodes(namespace, outcomeOf);
    for (const index of [1, 2]) await nodes.add(`${pool}-${index}`, { "e2e.kecs.io/pool": pool }, [{ key: pool }]);
    limits = taskLimits(namespace);
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSCapacityProvider",
      metadata: { name: pool },
      spec: { nodeSelector: { "e2e.kecs.io/pool": pool }, tolerations: [{ key: pool, operator: "Exists" }] },
    });
    await eventually("the cluster has the nodes' provider", () =>
      ecs.client.send(
        new PutClusterCapacityProvidersCommand({
          cluster: ecs.cluster,
          capacityProviders: [pool],
          defaultCapacityProviderStrategy: [{ capacityProvider: pool }],
        }),
      ),
    );
    for (const image of Object.keys(OUTCOMES)) {
      definitions.set(image, await ecs.register("app", [{ name: "main", image, memory: 32 }]));
    }
  });

  after(async () => {
    await ecs.dispose();
    await limits.dispose();
    await nodes.dispose();
    await kubectl("delete", "ecscapacityprovider", "--ignore-not-found", pool);
  });

  /** A service, and what it has been asked for. */
  class Driven {
    #desiredCount = 2;
    #limits: readonly [number, number] = LIMITS[0];
    #image = GOOD[0]!;
    readonly #name: string;
    readonly #breaker: boolean;

    constructor(name: string, breaker: boolean) {
      this.#name = name;
      this.#breaker = breaker;
    }

    async create(): Promise<void> {
      this.#ask();
      await ecs.client.send(
        new CreateServiceCommand({
          cluster: ecs.cluster,
          serviceName: this.#name,
          taskDefinition: definitions.get(this.#image)!,
          desiredCount: this.#desiredCount,
          deploymentConfiguration: this.#configuration(),
        }),
      );
    }

    async do(step: Step): Promise<void> {
      switch (step.do) {
        case "scale":
          this.#desiredCount = step.desiredCount;
          return this.#update({ desiredCount: step.desiredCount });
        case "deploy":
          this.#image = step.image;
          return this.#update({ taskDefinition: definitions.get(step.image)! });
        case "limit":
          this.#limits = step.limits;
          return this.#update({ deploymentConfiguration: this.#configuration() });
        case "force":
          return this.#update({ forceNewDeployment: true });
        case "fail":
          return nodes.exit(limits.ready()[0] ?? "");
        case "settle":
          return this.settle();
        case "recreate":
          await this.remove();
          await waitUntilServicesInactive(patience(ecs.client), { cluster: ecs.cluster, services: [this.#name] });
          return this.create();
      }
    }

    /** Recovers from what cannot run, and waits until the service has just the tasks that it asks for. */
    async settle(): Promise<void> {
      if (!GOOD.includes(this.#image)) await this.do({ do: "deploy", image: GOOD[0]! });
      const { settled, tasks } = await eventually(`${this.#name} has settled`, () => this.#settled(), 90_000);
      limits.settled();
      expect(settled).to.include({
        desiredCount: this.#desiredCount,
        pendingCount: 0,
        runningCount: this.#desiredCount,
      });
      expect(settled.deployments?.[0]).to.include({
        status: "PRIMARY",
        pendingCount: 0,
        runningCount: this.#desiredCount,
      });
      expect(new Set(tasks)).to.have.lengthOf(this.#desiredCount);
    }

    async #settled(): Promise<false | { settled: Service; tasks: string[] }> {
      const service = await this.#describe();
      const { deployments = [], runningCount = 0, pendingCount = 0, desiredCount = 0 } = service;
      const sum = (of: (each: (typeof deployments)[number]) => number | undefined): number =>
        deployments.reduce((total, each) => total + (of(each) ?? 0), 0);
      expect(runningCount, "runningCount").to.equal(sum((each) => each.runningCount));
      expect(pendingCount, "pendingCount").to.equal(sum((each) => each.pendingCount));
      const revision = definitions.get(this.#image)!;
      const done =
        deployments.length === 1 &&
        runningCount === desiredCount &&
        pendingCount === 0 &&
        desiredCount === this.#desiredCount &&
        service.taskDefinition?.endsWith(`/${revision}`) === true;
      if (!done || limits.ready().length !== desiredCount) return false;
      const taskArns = await this.#running(revision);
      return taskArns.length === desiredCount && { settled: service, tasks: taskArns };
    }

    async #running(revision: string): Promise<string[]> {
      const input = { cluster: ecs.cluster, serviceName: this.#name };
      const { taskArns = [] } = await ecs.client.send(new ListTasksCommand(input));
      if (taskArns.length === 0) return [];
      const { tasks = [] } = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: taskArns }));
      return tasks
        .filter(
          ({ lastStatus, taskDefinitionArn }) =>
            lastStatus === "RUNNING" && taskDefinitionArn?.endsWith(`/${revision}`),
        )
        .map(({ taskArn = "" }) => taskArn);
    }

    async #describe(): Promise<Service> {
      const input = { cluster: ecs.cluster, services: [this.#name] };
      return (await ecs.client.send(new DescribeServicesCommand(input))).services![0]!;
    }

    async #update(change: Partial<UpdateServiceCommandInput>): Promise<void> {
      this.#ask();
      await ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service: this.#name, ...change }));
    }

    async remove(): Promise<void> {
      limits.ask({ desiredCount: 0, minimumHealthyPercent: 0, maximumPercent: 100 });
      await ecs.client.send(new DeleteServiceCommand({ cluster: ecs.cluster, service: this.#name, force: true }));
    }

    #ask(): void {
      const [minimumHealthyPercent, maximumPercent] = this.#limits;
      limits.ask({ desiredCount: this.#desiredCount, minimumHealthyPercent, maximumPercent });
    }

    #configuration() {
      const [minimumHealthyPercent, maximumPercent] = this.#limits;
      const deploymentCircuitBreaker = { enable: this.#breaker, rollback: true };
      return { minimumHealthyPercent, maximumPercent, deploymentCircuitBreaker };
    }
  }

  it("keeps to the limits that it asks for after every step, and comes to what was asked for last", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: STEPS, maxLength: STEPS }),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: STEPS, maxLength: STEPS }),
        async (steps, breaker, pauses) => {
          const service = new Driven(`svc-${++run}`, breaker);
          await service.create();
          for (const [index, each] of steps.entries()) {
            await service.do(each);
            await new Promise((resolve) => setTimeout(resolve, pauses[index]));
            expect(limits.broken, `${limits.broken[0]} after ${JSON.stringify(steps.slice(0, index + 1))}`).to.be.empty;
          }
          await service.settle();
          await service.remove();
          await eventually("its tasks are gone", async () => limits.ready().length === 0);
          expect(limits.broken, limits.broken[0]).to.be.empty;
        },
      ),
      { numRuns: RUNS, endOnFailure: true, ...seed },
    );
  });
});
