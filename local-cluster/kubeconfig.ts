/** The kubeconfig file format. */
import { stringify } from "yaml";

export interface KubeconfigParts {
  /** Name of cluster, user and context. */
  name: string;
  server: string;
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

/** Renders a kubeconfig with one context and everything inside it. */
export function renderKubeconfig({ name, server, ca, cert, key }: KubeconfigParts): string {
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [{ name, cluster: { server, "certificate-authority-data": ca.toString("base64") } }],
      users: [
        {
          name,
          user: {
            "client-certificate-data": cert.toString("base64"),
            "client-key-data": key.toString("base64"),
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name } }],
    },
    { lineWidth: 0 },
  );
}
