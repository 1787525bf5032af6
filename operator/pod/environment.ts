import { environmentFileSecretOf, secretKeyOf } from "#lib/ecs/secret-reference.ts";
import type { KeyValuePair, Secret } from "#model/generated/types.generated.ts";
import type { NamedContainer, TaskInfo } from "./input.ts";
import { literal } from "./literal.ts";
import { mergedEnvironment } from "./overrides.ts";
import type { EnvFromSource, EnvVar } from "./kubernetes-types.ts";

/** Helps to name the Pod in other variables. */
const POD_UID = "KECS_POD_UID";

/** Variables of a container: ECS's own, then the task definition's (which win), then secrets. */
export function environmentOf(container: NamedContainer, task: TaskInfo): EnvVar[] {
  const variables = mergedEnvironment(givenByEcs(task), container.environment).map(
    ({ name = "", value = "" }): EnvVar => ({ name, value: literal(value) }),
  );
  const secrets = (container.secrets ?? []).flatMap(secretVariable);
  const own = [...variables, ...secrets];
  const secretNames = new Set(secrets.map(({ name }) => name));
  const ownNames = new Set(own.map(({ name }) => name));
  return [
    ...agentVariables(container, task).filter(({ name }) => !ownNames.has(name)),
    ...variables.filter(({ name }) => !secretNames.has(name)),
    ...secrets,
  ];
}

/**
 * Where the container asks about itself and its task. All Pods of a service have one template, so only the Pod knows
 * its uid: Kubernetes puts it in.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
function agentVariables({ name }: NamedContainer, { surroundings }: TaskInfo): EnvVar[] {
  const agent = surroundings?.agentUrl;
  if (agent === undefined) return [];
  return [
    { name: POD_UID, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.uid" } } },
    { name: "ECS_CONTAINER_METADATA_URI_V4", value: `${agent}/v4/$(${POD_UID})/${name}` },
    { name: "ECS_AGENT_URI", value: `${agent}/api/$(${POD_UID})/${name}` },
  ];
}

/**
 * Environment files: the keys of Secrets. Of a variable that several have, ECS takes the first and Kubernetes the last.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
 */
export function environmentFilesOf({ environmentFiles = [] }: NamedContainer): EnvFromSource[] {
  return environmentFiles
    .flatMap(({ value }) => environmentFileSecretOf(value) ?? [])
    .toReversed()
    .map((name) => ({ secretRef: { name } }));
}

/** What ECS puts into every container; the region so that SDKs need no instance to ask for it. */
function givenByEcs({ launchType, region }: TaskInfo): KeyValuePair[] {
  return [
    { name: "AWS_EXECUTION_ENV", value: launchType === "FARGATE" ? "AWS_ECS_FARGATE" : "AWS_ECS_EC2" },
    { name: "AWS_REGION", value: region },
    { name: "AWS_DEFAULT_REGION", value: region },
  ];
}

function secretVariable({ name, valueFrom }: Secret): EnvVar[] {
  const key = secretKeyOf(valueFrom);
  if (key === undefined) return [];
  return [{ name, valueFrom: { secretKeyRef: { name: key.secretName, key: key.key } } }];
}
