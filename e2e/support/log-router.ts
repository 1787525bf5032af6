import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { shell } from "./ecs-fixture.ts";

/** A record as the log router of the tests prints it. */
export interface Routed {
  readonly tag: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly record: Readonly<Record<string, string>>;
  readonly output: Readonly<Record<string, string>>;
}

/** The records among what a log router printed. */
export function routedOf(lines: readonly string[]): Routed[] {
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Routed);
}

/** A task's log router, of the image in images/log-router.ts. */
export function router(more: Partial<ContainerDefinition> = {}): ContainerDefinition {
  return {
    name: "log_router",
    image: "kecs.local/log-router:1",
    memory: 64,
    essential: true,
    firelensConfiguration: { type: "fluentbit" },
    ...more,
  };
}

/** A container whose output goes to it. */
export function routedApp(command: string, options: Record<string, string> = {}): ContainerDefinition {
  return shell(command, {
    name: "App_1",
    stopTimeout: 10,
    logConfiguration: { logDriver: "awsfirelens", options: { Name: "http", ...options } },
  });
}
