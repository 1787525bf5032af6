import { ECSClient } from "@aws-sdk/client-ecs";
import { credentials, environment } from "./environment.ts";

/** The AWS SDK for JavaScript, pointed at the gateway; no retries, so that a test sees each answer. */
export function ecsClient(): ECSClient {
  return new ECSClient({
    endpoint: environment.endpoint,
    region: environment.region,
    credentials,
    maxAttempts: 1,
  });
}
