/** Certificates of a throw-away control plane, made with openssl. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Makes `ca`, `server` (127.0.0.1), `admin` (a cluster administrator) and the service accounts' key `sa.key`. */
export async function makePki(folder: string): Promise<void> {
  const openssl = (...args: string[]): Promise<unknown> => execute("openssl", args, { cwd: folder });
  const key = (name: string): string[] => [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    `${name}.key`,
  ];
  await openssl("req", "-x509", ...key("ca"), "-out", "ca.crt", "-subj", "/CN=test-ca", "-days", "2");
  const issue = (name: string, subject: string, ...extensions: string[]): Promise<unknown> =>
    openssl(
      "req",
      "-x509",
      ...key(name),
      ...`-out ${name}.crt -subj ${subject} -days 2 -CA ca.crt -CAkey ca.key`.split(" "),
      ...["basicConstraints=critical,CA:FALSE", ...extensions].flatMap((extension) => ["-addext", extension]),
    );
  await issue("server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1", "extendedKeyUsage=serverAuth");
  await issue("admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth");
  await openssl("genrsa", "-out", "sa.key", "2048");
}

/** Writes `kubeconfig` into the folder, for the administrator. */
export async function writeKubeconfig(folder: string, server: string): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    clusters: [{ name: "test", cluster: { server, "certificate-authority": join(folder, "ca.crt") } }],
    users: [
      {
        name: "admin",
        user: { "client-certificate": join(folder, "admin.crt"), "client-key": join(folder, "admin.key") },
      },
    ],
  };
  await writeFile(join(folder, "kubeconfig"), JSON.stringify(config), { mode: 0o600 }); // JSON is YAML
}
