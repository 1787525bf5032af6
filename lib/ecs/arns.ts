/** Where this installation says it runs; part of every ARN. */
export interface Identity {
  /** For example `us-east-1`. */
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
}

function arn(identity: Identity, resource: string): string {
  return `arn:aws:ecs:${identity.region}:${identity.accountId}:${resource}`;
}

/** `arn:aws:ecs:<region>:<account>:cluster/<name>` */
export function clusterArn(identity: Identity, cluster: string): string {
  return arn(identity, `cluster/${cluster}`);
}

/** `arn:aws:ecs:<region>:<account>:service/<cluster>/<name>` */
export function serviceArn(identity: Identity, cluster: string, service: string): string {
  return arn(identity, `service/${cluster}/${service}`);
}

/** `arn:aws:ecs:<region>:<account>:service-deployment/<cluster>/<service>/<id>` */
export function serviceDeploymentArn(identity: Identity, cluster: string, service: string, id: string): string {
  return arn(identity, `service-deployment/${cluster}/${service}/${id}`);
}

/** `arn:aws:ecs:<region>:<account>:service-revision/<cluster>/<service>/<digits>` */
export function serviceRevisionArn(identity: Identity, cluster: string, service: string, digits: string): string {
  return arn(identity, `service-revision/${cluster}/${service}/${digits}`);
}

/** `arn:aws:ecs:<region>:<account>:task-set/<cluster>/<service>/ecs-svc/<digits>` */
export function taskSetArn(identity: Identity, cluster: string, service: string, id: string): string {
  return arn(identity, `task-set/${cluster}/${service}/${id}`);
}

/** `arn:aws:ecs:<region>:<account>:task/<cluster>/<id>` */
export function taskArn(identity: Identity, cluster: string, id: string): string {
  return arn(identity, `task/${cluster}/${id}`);
}

/** `arn:aws:ecs:<region>:<account>:container/<cluster>/<task id>/<container id>` */
export function containerArn(identity: Identity, cluster: string, task: string, container: string): string {
  return arn(identity, `container/${cluster}/${task}/${container}`);
}

/** `arn:aws:ecs:<region>:<account>:container-instance/<cluster>/<id>` */
export function containerInstanceArn(identity: Identity, cluster: string, id: string): string {
  return arn(identity, `container-instance/${cluster}/${id}`);
}

/** `arn:aws:ecs:<region>:<account>:task-definition/<family>:<revision>` */
export function taskDefinitionArn(identity: Identity, family: string, revision: number): string {
  return arn(identity, `task-definition/${family}:${revision}`);
}

/** `arn:aws:ecs:<region>:<account>:capacity-provider/<name>` */
export function capacityProviderArn(identity: Identity, name: string): string {
  return arn(identity, `capacity-provider/${name}`);
}

/** An ECS ARN in parts; `path` are the segments after the resource type. */
export interface ParsedArn {
  readonly region: string;
  readonly accountId: string;
  readonly type: string;
  readonly path: readonly string[];
}

/** The parts of an ECS ARN, or undefined where `text` is none. */
export function parseArn(text: string): ParsedArn | undefined {
  const match = /^arn:aws[-a-z]*:ecs:([-a-z0-9]*):(\d{12}):([-a-z]+)\/(.+)$/.exec(text);
  if (!match) return undefined;
  const [, region = "", accountId = "", type = "", path = ""] = match;
  return { region, accountId, type, path: path.split("/") };
}

/** A cluster given as short name or full ARN → its name. */
export function clusterNameOf(reference: string | undefined): string {
  if (reference === undefined || reference === "") return "default";
  const parsed = parseArn(reference);
  return parsed?.type === "cluster" ? parsed.path.join("/") : reference;
}

/** A capacity provider given as short name or full ARN → its name. */
export function capacityProviderNameOf(reference: string): string {
  const parsed = parseArn(reference);
  return parsed?.type === "capacity-provider" ? (parsed.path.at(-1) ?? reference) : reference;
}

/** `family`, `family:revision` or a full task definition ARN → its parts, or undefined where it is none of them. */
export function parseTaskDefinition(reference: string): { family: string; revision?: number } | undefined {
  const parsed = parseArn(reference);
  if (parsed && parsed.type !== "task-definition") return undefined;
  const match = /^([A-Za-z0-9][-A-Za-z0-9_]*)(?::(\d{1,9}))?$/.exec(parsed ? parsed.path.join("/") : reference);
  const family = match?.[1];
  if (family === undefined) return undefined;
  const revision = match?.[2];
  return revision === undefined ? { family } : { family, revision: Number(revision) };
}
