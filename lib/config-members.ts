/** Settings of gateway and operator, as settings.ts describes them. */
export interface Config {
  readonly region: string;
  readonly accountId: string;
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly operatorAdminPort: number;
  readonly agentHost: string;
  readonly agentPort: number;
  readonly agentAdminPort: number;
  readonly agentUrl?: string;
  readonly agentKubeletTls: "verify" | "skip-verify";
  readonly gatewayUrl: string;
  readonly taskRole: "none" | "secret" | "web-identity";
  readonly sidecarImage?: string;
  readonly namespace: string;
  readonly dataDir: string;
  readonly databaseMemory: string;
  readonly databaseThreads: number;
  readonly diskReserveMegabytes: number;
  readonly archiveDir?: string;
  readonly archiveAfterSeconds: number;
  readonly archiveIntervalSeconds: number;
  readonly archiveRetentionSeconds: number;
  readonly historyMaxMegabytes: number;
  readonly backupDir?: string;
  readonly backupIntervalSeconds: number;
  readonly backupsKept: number;
  readonly cacheMegabytes: number;
  readonly cacheTtlSeconds: number;
  readonly logLevel: "error" | "warn" | "info" | "debug";
  readonly logFormat: "json" | "text";
  readonly stoppedTaskRetentionSeconds: number;
  /** Seconds for which what Kubernetes told of objects that are gone is kept. */
  readonly kubernetesHistoryRetentionSeconds: number;
  readonly logRetentionSeconds: number;
  readonly logMaxMegabytes: number;
  readonly logStreams: number;
  readonly audit: "none" | "mutating" | "all";
  readonly auditRetentionSeconds: number;
  readonly webhooksFile?: string;
  readonly replica: number;
  readonly readYourWritesTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly executeCommand: boolean;
  readonly execUrl?: string;
  readonly execIdleTimeoutSeconds: number;
  readonly execMaxSessions: number;
  readonly imageResolution: string;
  readonly insecureRegistries: string;
  readonly deregistrationDelaySeconds: number;
  readonly targetGroupExposure: Exposure;
  readonly targetGroupDomain?: string;
  readonly ingressClass?: string;
  readonly gateway?: string;
  readonly hookTargets?: string;
  readonly hookTimeoutSeconds: number;
  readonly clusterDomain: string;
  readonly dnsConfigMap?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** How what is behind a target group can be reached: the type of its Service, or what leads to it. */
export const EXPOSURES = ["ClusterIP", "NodePort", "LoadBalancer", "Ingress", "Gateway"] as const;
export type Exposure = (typeof EXPOSURES)[number];
