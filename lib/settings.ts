import { type Config, EXPOSURES } from "./config-members.ts";

export type SettingName = keyof Config;

/** One setting: its environment variable, JSON schema, meaning and default; no default means optional. */
interface Setting {
  readonly env: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly description: string;
  readonly default?: string | number | boolean;
  readonly secret?: boolean;
}

const port = { type: "integer", minimum: 0, maximum: 65_535 };
const text = { type: "string", minLength: 1 };
const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const domain = { type: "string", pattern: `^${label}(\\.${label})*$` };
const url = { type: "string", pattern: "^https?://[^\\s/]+$" };

export const SETTINGS: Readonly<Record<SettingName, Setting>> = {
  region: {
    env: "KECS_REGION",
    schema: { type: "string", pattern: "^[a-z]{2}(-[a-z]+)+-\\d$" },
    description: "AWS region that ARNs name",
    default: "us-east-1",
  },
  accountId: {
    env: "KECS_ACCOUNT_ID",
    schema: { type: "string", pattern: "^\\d{12}$" },
    description: "AWS account that ARNs name: 12 digits, quoted in YAML",
    default: "000000000000",
  },
  host: { env: "KECS_HOST", schema: text, description: "address of the ECS API", default: "127.0.0.1" },
  port: { env: "KECS_PORT", schema: port, description: "port of the ECS API; 0 takes a free one", default: 8080 },
  adminHost: {
    env: "KECS_ADMIN_HOST",
    schema: text,
    description: "address of health checks and metrics",
    default: "127.0.0.1",
  },
  adminPort: {
    env: "KECS_ADMIN_PORT",
    schema: port,
    description: "port of the gateway's health checks and metrics",
    default: 8081,
  },
  operatorAdminPort: {
    env: "KECS_OPERATOR_ADMIN_PORT",
    schema: port,
    description: "port of the operator's health checks and metrics",
    default: 8082,
  },
  agentHost: {
    env: "KECS_AGENT_HOST",
    schema: text,
    description: "address of the agent, which containers ask about their task",
    default: "127.0.0.1",
  },
  agentPort: { env: "KECS_AGENT_PORT", schema: port, description: "port of the agent", default: 8083 },
  agentAdminPort: {
    env: "KECS_AGENT_ADMIN_PORT",
    schema: port,
    description: "port of the agent's health checks and metrics",
    default: 8084,
  },
  agentUrl: {
    env: "KECS_AGENT_URL",
    schema: url,
    description: "where containers reach the agent; without it they are not told of one",
  },
  agentKubeletTls: {
    env: "KECS_AGENT_KUBELET_TLS",
    schema: { type: "string", enum: ["verify", "skip-verify"] },
    description: "whether the agent checks the certificates of kubelets, which it asks for statistics",
    default: "verify",
  },
  gatewayUrl: {
    env: "KECS_GATEWAY_URL",
    schema: url,
    description: "where the agent reaches the ECS API",
    default: "http://127.0.0.1:8080",
  },
  taskRole: {
    env: "KECS_TASK_ROLE",
    schema: { type: "string", enum: ["none", "secret", "web-identity"] },
    description: "how containers get the credentials of their task's role",
    default: "none",
  },
  sidecarImage: {
    env: "KECS_SIDECAR_IMAGE",
    schema: text,
    description: "KECS's own image, for the sidecar that serves credentials from a Secret",
  },
  namespace: {
    env: "KECS_NAMESPACE",
    schema: { type: "string", pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" },
    description: "Kubernetes namespace of KECS's own objects (leases, revision numbers)",
    default: "kecs-system",
  },
  dataDir: {
    env: "KECS_DATA_DIR",
    schema: text,
    description: "folder of the DuckDB file; may be lost, it is filled again from Kubernetes",
    default: ".kecs/data",
  },
  databaseMemory: {
    env: "KECS_DB_MEMORY",
    schema: { type: "string", pattern: "^[1-9]\\d*(MB|GB|MiB|GiB)$" },
    description: "memory that DuckDB may use, for example 512MB; more of it goes to disk",
    default: "128MB",
  },
  databaseThreads: {
    env: "KECS_DB_THREADS",
    schema: { type: "integer", minimum: 1, maximum: 256 },
    description: "threads that DuckDB may use for one query; several queries run at once in any case",
    default: 1,
  },
  databaseExtensionDir: {
    env: "KECS_DB_EXTENSION_DIR",
    schema: text,
    description: "folder of DuckDB's extensions, of which encryption needs httpfs; else DuckDB's own",
  },
  encryptionKeyFile: {
    env: "KECS_DB_ENCRYPTION_KEY_FILE",
    schema: text,
    description:
      "file with 32 bytes in base64, with which database, archive and backups are encrypted; else they are not",
  },
  previousEncryptionKeyFile: {
    env: "KECS_DB_ENCRYPTION_PREVIOUS_KEY_FILE",
    schema: text,
    description:
      "the same of the key before, with which files may still be encrypted: at the start they are written anew, plain where there is no other key",
  },
  diskReserveMegabytes: {
    env: "KECS_DISK_RESERVE_MB",
    schema: { type: "integer", minimum: 0, maximum: 1_000_000 },
    description: "megabytes of the DuckDB file's disk that stay free: below, writes to it wait and reads go on",
    default: 64,
  },
  archiveDir: {
    env: "KECS_ARCHIVE_DIR",
    schema: text,
    description: "folder of the archived history, this gateway's own; else archive in the DuckDB file's folder",
  },
  sharedArchiveDir: {
    env: "KECS_ARCHIVE_SHARED_DIR",
    schema: text,
    description:
      "folder of the archive of replica 0, which the other replicas read, so as not to write the same once more",
  },
  archiveAfterSeconds: {
    env: "KECS_ARCHIVE_AFTER",
    schema: { type: "integer", minimum: 60, maximum: 315_360_000 },
    description: "seconds after which a change that another one has followed goes from the DuckDB file to the archive",
    default: 604_800,
  },
  archiveIntervalSeconds: {
    env: "KECS_ARCHIVE_INTERVAL",
    schema: { type: "integer", minimum: 1, maximum: 86_400 },
    description: "seconds between looks for history to archive",
    default: 300,
  },
  archiveRetentionSeconds: {
    env: "KECS_ARCHIVE_RETENTION",
    schema: { type: "integer", minimum: 86_400, maximum: 3_153_600_000 },
    description: "seconds for which archived history is kept, in whole days",
    default: 7_776_000,
  },
  historyMaxMegabytes: {
    env: "KECS_HISTORY_MAX_MB",
    schema: { type: "integer", minimum: 1, maximum: 1_000_000 },
    description:
      "megabytes that the history may take in the DuckDB file; beyond, the oldest goes to the archive sooner",
    default: 1024,
  },
  backupDir: {
    env: "KECS_BACKUP_DIR",
    schema: text,
    description: "folder of the backups, this gateway's own; else backups in the DuckDB file's folder",
  },
  backupIntervalSeconds: {
    env: "KECS_BACKUP_INTERVAL",
    schema: { type: "integer", minimum: 0, maximum: 31_536_000 },
    description: "seconds between backups; 0: only when asked for",
    default: 86_400,
  },
  backupsKept: {
    env: "KECS_BACKUP_KEEP",
    schema: { type: "integer", minimum: 1, maximum: 1000 },
    description: "backups that are kept",
    default: 3,
  },
  cacheMegabytes: {
    env: "KECS_CACHE_MB",
    schema: { type: "integer", minimum: 1, maximum: 100_000 },
    description: "megabytes of clusters, services, tasks and task definitions that are kept in memory for reads",
    default: 64,
  },
  cacheTtlSeconds: {
    env: "KECS_CACHE_TTL",
    schema: { type: "integer", minimum: 1, maximum: 86_400 },
    description: "seconds after which what is kept in memory is read from DuckDB again",
    default: 300,
  },
  logLevel: {
    env: "KECS_LOG_LEVEL",
    schema: { type: "string", enum: ["error", "warn", "info", "debug"] },
    description: "least severity that is logged",
    default: "info",
  },
  logFormat: {
    env: "KECS_LOG_FORMAT",
    schema: { type: "string", enum: ["json", "text"] },
    description: "one JSON object a line, or text for people",
    default: "json",
  },
  kubernetesHistoryRetentionSeconds: {
    env: "KECS_KUBERNETES_HISTORY_RETENTION",
    schema: { type: "integer", minimum: 3600, maximum: 315_360_000 },
    description: "seconds for which what Kubernetes told of Pods and the like that are gone is kept",
    default: 2_592_000,
  },
  kubernetesHistoryMaxMegabytes: {
    env: "KECS_KUBERNETES_HISTORY_MAX_MB",
    schema: { type: "integer", minimum: 1, maximum: 1_000_000 },
    description: "megabytes that what Kubernetes told may take in the DuckDB file; beyond, the oldest of it is deleted",
    default: 512,
  },
  stoppedTaskRetentionSeconds: {
    env: "KECS_STOPPED_TASK_RETENTION",
    schema: { type: "integer", minimum: 0, maximum: 31_536_000 },
    description: "seconds for which a stopped task stays a resource",
    default: 3600,
  },
  logRetentionSeconds: {
    env: "KECS_LOG_RETENTION",
    schema: { type: "integer", minimum: 60, maximum: 315_360_000 },
    description: "seconds for which the output of containers with awslogs is kept",
    default: 604_800,
  },
  logMaxMegabytes: {
    env: "KECS_LOG_MAX_MB",
    schema: { type: "integer", minimum: 1, maximum: 1_000_000 },
    description: "megabytes of that output that are kept; beyond, the oldest goes",
    default: 1024,
  },
  logStreams: {
    env: "KECS_LOG_STREAMS",
    schema: { type: "integer", minimum: 1, maximum: 100_000 },
    description: "containers whose output is read at the same time; with more, they take turns",
    default: 1000,
  },
  audit: {
    env: "KECS_AUDIT",
    schema: { type: "string", enum: ["none", "mutating", "all"] },
    description: "API calls of which is kept who called what: none, mutating (those that change something) or all",
    default: "mutating",
  },
  auditRetentionSeconds: {
    env: "KECS_AUDIT_RETENTION",
    schema: { type: "integer", minimum: 60, maximum: 315_360_000 },
    description: "seconds for which that is kept",
    default: 7_776_000,
  },
  webhooksFile: {
    env: "KECS_WEBHOOKS_FILE",
    schema: text,
    description: "YAML or JSON file of the webhooks that get events; see docs/events.md",
  },
  replica: {
    env: "KECS_REPLICA",
    schema: { type: "integer", minimum: 0, maximum: 10_000 },
    description:
      "number of this gateway among its replicas; number 0 sends the webhooks, and writes the archive that others share",
    default: 0,
  },
  readYourWritesTimeoutMs: {
    env: "KECS_READ_YOUR_WRITES_TIMEOUT_MS",
    schema: { type: "integer", minimum: 0, maximum: 60_000 },
    description: "milliseconds for which a read waits for this gateway's own earlier writes",
    default: 5000,
  },
  requestTimeoutMs: {
    env: "KECS_REQUEST_TIMEOUT_MS",
    schema: { type: "integer", minimum: 100, maximum: 300_000 },
    description: "milliseconds after which an API call is given up",
    default: 30_000,
  },
  shutdownTimeoutMs: {
    env: "KECS_SHUTDOWN_TIMEOUT_MS",
    schema: { type: "integer", minimum: 0, maximum: 300_000 },
    description: "milliseconds for which a process that is told to end finishes its work",
    default: 10_000,
  },
  executeCommand: {
    env: "KECS_EXECUTE_COMMAND",
    schema: { type: "boolean" },
    description: "whether ExecuteCommand is offered: true or false",
    default: true,
  },
  execUrl: {
    env: "KECS_EXEC_URL",
    schema: { type: "string", pattern: "^wss?://[^\\s?#]+$" },
    description: "where clients reach ExecuteCommand's sessions (ws:// or wss://); else where their requests go",
  },
  execIdleTimeoutSeconds: {
    env: "KECS_EXEC_IDLE_TIMEOUT",
    schema: { type: "integer", minimum: 1, maximum: 86_400 },
    description: "seconds without typing or output after which a session of ExecuteCommand ends",
    default: 1200,
  },
  execMaxSessions: {
    env: "KECS_EXEC_MAX_SESSIONS",
    schema: { type: "integer", minimum: 1, maximum: 10_000 },
    description: "sessions of ExecuteCommand at a time in one gateway",
    default: 100,
  },
  imageResolution: {
    env: "KECS_IMAGE_RESOLUTION",
    schema: { type: "string", pattern: "^(all|none|[A-Za-z0-9.:-]+(, *[A-Za-z0-9.:-]+)*)$" },
    description:
      "registries that the operator asks what an image's tag names: all, none, or a list of hosts; of others a node uses the copy that it has",
    default: "all",
  },
  insecureRegistries: {
    env: "KECS_INSECURE_REGISTRIES",
    schema: { type: "string", pattern: "^([A-Za-z0-9.:-]+(, *[A-Za-z0-9.:-]+)*)?$" },
    description: "registries without TLS, as host or host:port; those on loopback need not be named",
    default: "",
  },
  deregistrationDelaySeconds: {
    env: "KECS_DEREGISTRATION_DELAY",
    schema: { type: "integer", minimum: 0, maximum: 3600 },
    description: "seconds for which a task that no longer gets new traffic goes on before it is told to stop",
    default: 10,
  },
  targetGroupExposure: {
    env: "KECS_TARGET_GROUP_EXPOSURE",
    schema: { type: "string", enum: [...EXPOSURES] },
    description: "how the tasks behind a target group can be reached, unless a service's annotation says otherwise",
    default: "ClusterIP",
  },
  targetGroupDomain: {
    env: "KECS_TARGET_GROUP_DOMAIN",
    schema: domain,
    description: "domain of the host names <target group>.<domain> of an Ingress or a Gateway",
  },
  ingressClass: {
    env: "KECS_INGRESS_CLASS",
    schema: text,
    description: "class of the Ingresses of target groups; else the cluster's default",
  },
  gateway: {
    env: "KECS_GATEWAY",
    schema: { type: "string", pattern: `^${label}/${label}(/${label})?$` },
    description: "Gateway of the HTTPRoutes of target groups: namespace/name, or namespace/name/listener",
  },
  hookTargets: {
    env: "KECS_HOOK_TARGETS",
    schema: text,
    description:
      "what is called for lifecycle hooks that name a Lambda function: a JSON object of the functions' ARNs or names with URLs",
    secret: true,
  },
  hookTimeoutSeconds: {
    env: "KECS_HOOK_TIMEOUT",
    schema: { type: "integer", minimum: 1, maximum: 900 },
    description: "seconds for which a lifecycle hook's target may take for an answer",
    default: 60,
  },
  clusterDomain: {
    env: "KECS_CLUSTER_DOMAIN",
    schema: domain,
    description: "domain of the cluster's DNS",
    default: "cluster.local",
  },
  dnsConfigMap: {
    env: "KECS_DNS_CONFIG_MAP",
    schema: { type: "string", pattern: `^${label}/${label}$` },
    description:
      "ConfigMap, as namespace/name, whose *.override files CoreDNS imports: it gets the names of registries",
  },
  kubeconfig: {
    env: "KECS_KUBECONFIG",
    schema: text,
    description: "kubeconfig file; else KUBECONFIG, the Pod's service account or ~/.kube/config",
  },
  context: { env: "KECS_CONTEXT", schema: text, description: "context of the kubeconfig; else its current one" },
};

export function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** Environment variable → setting. */
export const ENVIRONMENT_NAMES: ReadonlyMap<string, SettingName> = new Map(
  Object.keys(SETTINGS)
    .filter(isSetting)
    .map((name) => [SETTINGS[name].env, name]),
);
