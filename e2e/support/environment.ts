import { homedir } from "node:os";
import { join } from "node:path";

const env = process.env;

/** Where the suite finds what it tests; `make up` prints the same values. */
export const environment = {
  /** ECS API. */
  endpoint: env.KECS_ENDPOINT ?? `http://127.0.0.1:${env.KECS_PORT ?? 8080}`,
  /** Admin API of the gateway. */
  admin: env.KECS_ADMIN_ENDPOINT ?? `http://127.0.0.1:${env.KECS_ADMIN_PORT ?? 8081}`,
  /** Admin API of the operator. */
  operatorAdmin: env.KECS_OPERATOR_ADMIN_ENDPOINT ?? `http://127.0.0.1:${env.KECS_OPERATOR_ADMIN_PORT ?? 8082}`,
  region: env.KECS_REGION ?? "us-east-1",
  accountId: env.KECS_ACCOUNT_ID ?? "000000000000",
  kubeconfig: env.KECS_KUBECONFIG ?? join(process.cwd(), ".kecs", "kubeconfig"),
  kubectl: env.KECS_KUBECTL ?? join(process.cwd(), ".kecs", "bin", "kubectl"),
  /** What is built or installed once per user. */
  cache: env.KECS_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "kecs"),
} as const;

/** Credentials that any AWS client takes; the gateway does not check them. */
export const credentials = { accessKeyId: "AKIAKECSEXAMPLE00000", secretAccessKey: "example" } as const;
