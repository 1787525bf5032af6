import type { ECSTask } from "../model/generated/resources.generated.ts";
import { identity } from "../projector/testing/fixtures.ts";

const arn = (resource: string): string => `arn:aws:ecs:${identity.region}:${identity.accountId}:${resource}`;

/** What the operator writes about a running task of one container. */
export function taskStatus(id: string, version: number): NonNullable<ECSTask["status"]> {
  return {
    clusterArn: arn("cluster/default"),
    taskArn: arn(`task/default/${id}`),
    taskDefinitionArn: arn("task-definition/web:1"),
    containerInstanceArn: arn("container-instance/default/0123456789abcdef0123456789abcdef"),
    availabilityZone: "us-east-1a",
    connectivity: "CONNECTED",
    connectivityAt: "2026-11-21T10:00:01Z",
    pullStartedAt: "2026-11-21T10:00:01Z",
    pullStoppedAt: "2026-11-21T10:00:02Z",
    startedAt: "2026-11-21T10:00:03Z",
    cpu: "256",
    memory: "512",
    lastStatus: "RUNNING",
    healthStatus: "UNKNOWN",
    version,
    attachments: [
      {
        id: "c1b2a3d4-0000-4000-8000-000000000000",
        type: "ElasticNetworkInterface",
        status: "ATTACHED",
        details: [{ name: "privateIPv4Address", value: "10.245.0.17" }],
      },
    ],
    containers: [
      {
        containerArn: arn(`container/default/${id}/c1b2a3d4-0000-4000-8000-000000000001`),
        taskArn: arn(`task/default/${id}`),
        name: "app",
        image: "busybox",
        imageDigest: `sha256:${"0".repeat(64)}`,
        runtimeId: "a".repeat(64),
        lastStatus: "RUNNING",
        networkInterfaces: [{ attachmentId: "c1b2a3d4", privateIpv4Address: "10.245.0.17" }],
        healthStatus: "UNKNOWN",
        cpu: "0",
        memory: "32",
      },
    ],
  };
}
