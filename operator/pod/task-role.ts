import { roleSecretName } from "#lib/ecs/task-role.ts";
import type { Surroundings } from "./input.ts";
import type { Container, EnvVar, PodSpec, Volume, VolumeMount } from "./kubernetes-types.ts";
import type { EffectiveDefinition } from "./overrides.ts";

/** What a Pod has besides so that AWS SDKs in its containers find the credentials of the task role. */
export interface RoleAccess {
  /** Of every container of the task. */
  readonly env: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
  readonly volumes: readonly Volume[];
  /** Started before the task's own containers. */
  readonly sidecars: readonly Container[];
  /** Memory that the sidecars may use beside the task's. */
  readonly memoryMiB: number;
}

const NONE: RoleAccess = { env: [], mounts: [], volumes: [], sidecars: [], memoryMiB: 0 };

const NAME = "kecs-credentials";
const SECRET = `${NAME}-secret`;
const SECRET_FOLDER = "/run/kecs/secret";
const FOLDER = "/run/kecs/credentials";
const TOKEN_FILE = `${FOLDER}/token`;
/** SDKs take credentials over plain HTTP from loopback only. */
const PORT = 51_680;
/** What the sidecar uses, and what it may. */
const REQUEST_MIB = 48;
const MEMORY_MIB = 96;
const START_SECONDS = 60;
/** Who runs KECS's image. */
const USER = 65_532;

const AUDIENCE = "sts.amazonaws.com";
const TOKEN_SECONDS = 3_600;

/** How the containers of a task get its role's credentials, as the operator is configured; nothing without a role. */
export function roleAccess(definition: EffectiveDefinition, surroundings: Surroundings = {}): RoleAccess {
  const { taskRoleArn = "", networkMode } = definition;
  const { taskRole = "none", sidecarImage } = surroundings;
  if (taskRoleArn === "") return NONE;
  if (taskRole === "web-identity") return webIdentity(taskRoleArn);
  // On the node's network there is one loopback for all tasks: the port could be another task's.
  if (taskRole !== "secret" || sidecarImage === undefined || networkMode === "host") return NONE;
  return fromSecret(taskRoleArn, sidecarImage);
}

/** The Pod with what its containers need to use the role; what a task definition says itself stays. */
export function withRoleAccess(spec: PodSpec, access: RoleAccess): PodSpec {
  if (access === NONE) return spec;
  const initContainers = (spec.initContainers ?? []).map((container) => withAccess(container, access));
  return {
    ...spec,
    ...(access.sidecars.length + initContainers.length > 0 && {
      initContainers: [...access.sidecars, ...initContainers],
    }),
    containers: spec.containers.map((container) => withAccess(container, access)),
    volumes: [...(spec.volumes ?? []), ...access.volumes],
  };
}

function withAccess(container: Container, { env, mounts }: RoleAccess): Container {
  const own = container.env ?? [];
  const names = new Set(own.map(({ name }) => name));
  return {
    ...container,
    env: [...env.filter(({ name }) => !names.has(name)), ...own],
    volumeMounts: [...(container.volumeMounts ?? []), ...mounts],
  };
}

/**
 * A token that AWS trusts as that of the Pod's ServiceAccount, once the role's trust policy names the cluster's issuer.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web-identity.html
 */
function webIdentity(roleArn: string): RoleAccess {
  const serviceAccountToken = { audience: AUDIENCE, expirationSeconds: TOKEN_SECONDS, path: "token" };
  return {
    ...NONE,
    env: [
      { name: "AWS_ROLE_ARN", value: roleArn },
      { name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: TOKEN_FILE },
    ],
    mounts: [{ name: NAME, mountPath: FOLDER, readOnly: true }],
    volumes: [{ name: NAME, projected: { sources: [{ serviceAccountToken }] } }],
  };
}

/**
 * A sidecar that hands out what a Secret holds. Only the sidecar mounts the Secret; it may come later, and change.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
function fromSecret(roleArn: string, image: string): RoleAccess {
  const secretName = roleSecretName(roleArn);
  return {
    env: [
      { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", value: `http://127.0.0.1:${PORT}/credentials` },
      { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", value: TOKEN_FILE },
    ],
    mounts: [{ name: NAME, mountPath: FOLDER, readOnly: true }],
    volumes: [
      { name: NAME, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: SECRET, secret: { secretName, optional: true } },
    ],
    sidecars: [sidecar(roleArn, secretName, image)],
    memoryMiB: MEMORY_MIB,
  };
}

function sidecar(roleArn: string, secretName: string, image: string): Container {
  const options = {
    port: PORT,
    "role-arn": roleArn,
    secret: SECRET_FOLDER,
    "secret-name": secretName,
    token: TOKEN_FILE,
  };
  const started = `process.exit(require("node:fs").existsSync(${JSON.stringify(TOKEN_FILE)}) ? 0 : 1)`;
  return {
    name: NAME,
    image,
    imagePullPolicy: "IfNotPresent",
    restartPolicy: "Always",
    args: ["agent/credentials-sidecar.ts", ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
    resources: { requests: { cpu: "1m", memory: `${REQUEST_MIB}Mi` }, limits: { memory: `${MEMORY_MIB}Mi` } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
    },
    startupProbe: {
      exec: { command: ["node", "-e", started] },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: START_SECONDS,
    },
    volumeMounts: [
      { name: NAME, mountPath: FOLDER },
      { name: SECRET, mountPath: SECRET_FOLDER, readOnly: true },
    ],
  };
}
