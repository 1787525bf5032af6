import type { Definition, Problem } from "./problem.ts";

/** Options that ECS takes of the log driver awslogs. */
const OPTIONS: ReadonlySet<string> = new Set([
  "awslogs-create-group",
  "awslogs-region",
  "awslogs-group",
  "awslogs-stream-prefix",
  "awslogs-datetime-format",
  "awslogs-multiline-pattern",
  "mode",
  "max-buffer-size",
]);
const REQUIRED = ["awslogs-region", "awslogs-group"] as const;

/**
 * What ECS says of the options of the log driver awslogs when a task definition is registered.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
 */
export function awslogsProblems({ containerDefinitions, requiresCompatibilities }: Definition): Problem[] {
  const onFargate = requiresCompatibilities?.includes("FARGATE") === true;
  return containerDefinitions.flatMap(({ logConfiguration }, index): Problem[] => {
    if (logConfiguration?.logDriver !== "awslogs") return [];
    const message = problemOf(logConfiguration.options ?? {}, onFargate);
    return message === undefined ? [] : [{ path: `containerDefinitions[${index}].logConfiguration.options`, message }];
  });
}

function problemOf(options: Readonly<Record<string, string>>, onFargate: boolean): string | undefined {
  const missing = REQUIRED.filter((name) => !(name in options));
  if (missing.length > 0) return `Log driver awslogs requires options: ${missing.join(", ")}`;
  const strange = Object.keys(options).filter((name) => !OPTIONS.has(name));
  if (strange.length > 0) return `Log driver awslogs disallows options: ${strange.join(", ")}`;
  const empty = REQUIRED.find((name) => options[name] === "");
  if (empty !== undefined) return `Log driver awslogs option '${empty}' should not be null or empty.`;
  if ((options["awslogs-create-group"] ?? "true") !== "true") {
    return "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.";
  }
  if (onFargate && !options["awslogs-stream-prefix"]) {
    return "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.";
  }
  return undefined;
}
