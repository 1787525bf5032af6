/** The cluster's certificates, made with openssl and kept until `make reset`. */
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { writeIfChanged } from "./files.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import type { Settings } from "./settings.ts";
import type { ClientFiles } from "./wait.ts";

const DAYS = "3650";

interface CertificateRequest {
  name: string;
  /** Kubernetes reads user from CN and group from O. */
  subject: string;
  addresses?: string[];
}

/** Users of the API server that get a kubeconfig of their own, `pki/<name>.kubeconfig`. */
const CLIENTS = ["controller-manager", "scheduler", "node", "proxy", "kwok", "metrics-server"] as const;
export type Client = (typeof CLIENTS)[number];

function requests({ network, nodeName }: Settings): CertificateRequest[] {
  const names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  const addresses = ["127.0.0.1", network.nodeAddress, network.kubernetesAddress].map((address) => `IP:${address}`);
  return [
    {
      name: "apiserver",
      subject: "/CN=kube-apiserver",
      addresses: [...names.map((name) => `DNS:${name}`), "DNS:localhost", ...addresses],
    },
    { name: "kubelet", subject: `/CN=${nodeName}`, addresses: [`DNS:${nodeName}`, `IP:${network.nodeAddress}`] },
    { name: "admin", subject: "/O=system:masters/CN=admin" },
    { name: "apiserver-kubelet", subject: "/O=system:masters/CN=apiserver-kubelet" },
    { name: "front-proxy", subject: "/CN=front-proxy" },
    { name: "controller-manager", subject: "/CN=system:kube-controller-manager" },
    { name: "scheduler", subject: "/CN=system:kube-scheduler" },
    { name: "node", subject: `/O=system:nodes/CN=system:node:${nodeName}` },
    { name: "proxy", subject: "/CN=system:kube-proxy" },
    {
      name: "metrics-server",
      subject: "/O=system:masters/CN=metrics-server",
      addresses: ["DNS:metrics-server.kube-system.svc", `IP:${network.nodeAddress}`],
    },
    { name: "kwok", subject: "/O=system:masters/CN=kwok" },
  ];
}

/** Makes what is missing: authority, certificates, service account key and kubeconfigs. */
export async function ensurePki(settings: Settings): Promise<void> {
  const { paths } = settings;
  await mkdir(paths.pki, { recursive: true, mode: 0o700 });
  await ensureAuthority(paths.pki);
  for (const request of requests(settings)) await ensureCertificate(paths.pki, request);
  await ensureServiceAccountKey(paths.pki);
  for (const client of CLIENTS) await writeKubeconfig(settings, client, clientKubeconfig(settings, client));
  await writeKubeconfig(settings, "admin", paths.kubeconfig);
}

/** The certificate files with which the administrator calls the API server. */
export function adminFiles(settings: Settings): ClientFiles {
  const { pki } = settings.paths;
  return { ca: join(pki, "ca.crt"), cert: join(pki, "admin.crt"), key: join(pki, "admin.key") };
}

/** Where the kubeconfig of one of the cluster's own parts lies. */
export function clientKubeconfig(settings: Settings, client: Client): string {
  return join(settings.paths.pki, `${client}.kubeconfig`);
}

async function ensureAuthority(folder: string): Promise<void> {
  if (existsSync(join(folder, "ca.crt"))) return;
  await makeKey(folder, "ca");
  const config = join(folder, "ca.cnf");
  await writeFile(
    config,
    "[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\nsubjectKeyIdentifier=hash\n",
  );
  const args = ["req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=kecs-local", "-days", DAYS, "-config", config];
  await run("openssl", [...args, "-out", "ca.crt"], { cwd: folder });
}

async function ensureCertificate(folder: string, request: CertificateRequest): Promise<void> {
  const { name, subject } = request;
  const extensions = renderExtensions(request);
  const extensionFile = join(folder, `${name}.ext`);
  const made = existsSync(join(folder, `${name}.crt`)) && (await readFile(extensionFile, "utf8").catch(() => ""));
  if (made === extensions) return;
  await makeKey(folder, name);
  await run("openssl", ["req", "-new", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`], {
    cwd: folder,
  });
  await writeFile(extensionFile, extensions);
  const signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", DAYS, "-extfile", extensionFile];
  const partial = `${name}.crt.partial`;
  await run("openssl", ["x509", "-req", "-in", `${name}.csr`, ...signer, "-out", partial], { cwd: folder });
  await rename(join(folder, partial), join(folder, `${name}.crt`));
  await rm(join(folder, `${name}.csr`));
}

/** The X.509 extensions of a certificate, in openssl's notation. */
export function renderExtensions({ addresses }: CertificateRequest): string {
  const names = addresses ? `subjectAltName=${[...new Set(addresses)].join(",")}\n` : "";
  return `keyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n${names}`;
}

async function ensureServiceAccountKey(folder: string): Promise<void> {
  if (existsSync(join(folder, "sa.pub"))) return;
  await run("openssl", ["genrsa", "-out", "sa.key", "2048"], { cwd: folder });
  await chmod(join(folder, "sa.key"), 0o600);
  await run("openssl", ["rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub"], { cwd: folder });
}

async function makeKey(folder: string, name: string): Promise<void> {
  const args = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`];
  await run("openssl", args, { cwd: folder });
  await chmod(join(folder, `${name}.key`), 0o600);
}

async function writeKubeconfig(settings: Settings, user: string, file: string): Promise<void> {
  const { pki } = settings.paths;
  const text = renderKubeconfig({
    name: "kecs",
    server: `https://${settings.network.nodeAddress}:${settings.ports.apiserver}`,
    ca: await readFile(join(pki, "ca.crt")),
    cert: await readFile(join(pki, `${user}.crt`)),
    key: await readFile(join(pki, `${user}.key`)),
  });
  await writeIfChanged(file, text, 0o600);
}
