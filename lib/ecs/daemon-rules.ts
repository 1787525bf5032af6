import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";

interface DaemonWish {
  readonly schedulingStrategy?: ECSServiceSpec["schedulingStrategy"];
  readonly desiredCount?: number | undefined;
  readonly launchType?: ECSServiceSpec["launchType"];
  readonly placementStrategy?: ECSServiceSpec["placementStrategy"];
  readonly deploymentConfiguration?: ECSServiceSpec["deploymentConfiguration"];
}

/** What a daemon's `desiredCount` is answered with. */
export const NO_DAEMON_COUNT =
  "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try your request again.";

/**
 * What a service with the scheduling strategy DAEMON asks for and cannot have; nothing of other services.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html schedulingStrategy
 */
export function daemonProblems(service: DaemonWish): string[] {
  if (service.schedulingStrategy !== "DAEMON") return [];
  const { desiredCount, launchType, placementStrategy = [], deploymentConfiguration } = service;
  const problems: [boolean, string][] = [
    [desiredCount !== undefined, NO_DAEMON_COUNT],
    [launchType === "FARGATE", "The daemon scheduling strategy is not supported by the launch type FARGATE."],
    [
      placementStrategy.length > 0,
      "The daemon scheduling strategy does not support placement strategies. Remove them and try your request again.",
    ],
    [
      (deploymentConfiguration?.maximumPercent ?? 100) !== 100,
      "The daemon scheduling strategy does not support values above 100 for maximumPercent.",
    ],
  ];
  return problems.filter(([wrong]) => wrong).map(([, message]) => message);
}
