import { awsEcs, awsEcsRaw, awsJson } from "./python-clients.ts";
import { eventually, uniqueName } from "./wait.ts";

export interface Activity {
  readonly Description: string;
  readonly Cause: string;
  readonly StatusCode: string;
}

interface Counts {
  readonly desiredCount: number;
  readonly runningCount: number;
}

/** An ECS cluster of a suite's own, with services to scale. */
export interface ScalingFixture {
  /** ECS name. */
  readonly cluster: string;
  readonly namespace: string;
  /** Makes a service of busybox that runs a shell command, of an eighth of a CPU; gives its name. */
  create(command: string, desiredCount: number): Promise<string>;
  /** Arguments that name a service to Application Auto Scaling. */
  named(service: string): string[];
  countsOf(service: string): Promise<Counts>;
  untilDesired(service: string, count: number, timeoutMs?: number): Promise<boolean>;
  activitiesOf(service: string): Promise<Activity[]>;
  dispose(): Promise<void>;
}

/** `aws application-autoscaling …` that must succeed: its JSON answer. */
export function awsScaling<T>(...args: string[]): Promise<T> {
  return awsJson<T>("application-autoscaling", ...args);
}

export const capacity = (min: number, max: number): string[] => [
  "--min-capacity",
  `${min}`,
  "--max-capacity",
  `${max}`,
];

/** Arguments of a policy that keeps the average CPU utilization at 50 %. */
export const policy = (name: string, more: object = {}): string[] => [
  "--policy-name",
  name,
  "--policy-type",
  "TargetTrackingScaling",
  "--target-tracking-scaling-policy-configuration",
  JSON.stringify({
    TargetValue: 50,
    PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
    ...more,
  }),
];

export async function scalingFixture(): Promise<ScalingFixture> {
  const cluster = uniqueName("scale");
  const services: string[] = [];
  await awsEcs("create-cluster", "--cluster-name", cluster);

  const countsOf = async (service: string): Promise<Counts> => {
    const described = ["describe-services", "--cluster", cluster, "--services", service];
    return (await awsEcs<{ services: Counts[] }>(...described)).services[0]!;
  };

  return {
    cluster,
    namespace: `ecs-${cluster}`,
    countsOf,
    async create(command, desiredCount) {
      const service = uniqueName("web");
      services.push(service);
      const containers = [{ name: "main", image: "busybox", command: ["sh", "-c", command] }];
      const size = ["--cpu", "128", "--memory", "64"];
      const definition = ["--family", service, "--container-definitions", JSON.stringify(containers), ...size];
      await awsEcs("register-task-definition", ...definition);
      const wanted = ["--cluster", cluster, "--service-name", service, "--desired-count", `${desiredCount}`];
      await awsEcs("create-service", ...wanted, "--task-definition", service);
      return service;
    },
    named: (service) => [
      "--service-namespace",
      "ecs",
      "--resource-id",
      `service/${cluster}/${service}`,
      "--scalable-dimension",
      "ecs:service:DesiredCount",
    ],
    untilDesired: (service, count, timeoutMs = 60_000) =>
      eventually(
        `${count} tasks of ${service} are desired`,
        async () => (await countsOf(service)).desiredCount === count,
        timeoutMs,
        1000,
      ),
    async activitiesOf(service) {
      const of = ["--service-namespace", "ecs", "--resource-id", `service/${cluster}/${service}`];
      return (await awsScaling<{ ScalingActivities: Activity[] }>("describe-scaling-activities", ...of))
        .ScalingActivities;
    },
    async dispose() {
      for (const service of services) {
        await awsEcsRaw("delete-service", "--cluster", cluster, "--service", service, "--force");
        await awsEcsRaw("deregister-task-definition", "--task-definition", `${service}:1`);
      }
      await eventually("the cluster is deleted", async () => {
        return (await awsEcsRaw("delete-cluster", "--cluster", cluster)).code === 0;
      });
    },
  };
}
