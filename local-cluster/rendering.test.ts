import { expect } from "chai";
import { parse } from "yaml";
import { parseVersion, programsFor } from "./binaries.ts";
import { renderCni, renderContainerdConfig } from "./components/containerd.ts";
import { renderCoredns } from "./components/coredns.ts";
import { apiserverFlags } from "./components/kube-apiserver.ts";
import { kubeletConfig } from "./components/kubelet.ts";
import { renderKwokNodes } from "./components/kwok.ts";
import { parseMounts } from "./down.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import { renderExtensions } from "./pki.ts";
import { parseSs } from "./ports.ts";
import { seconds } from "./report.ts";
import { readSettings } from "./settings.ts";

const real = readSettings("/src", {}, { platform: "linux", uid: 0 });
const simulated = readSettings("/src", {}, { platform: "darwin", uid: 501 });

describe("the local cluster's configuration", () => {
  it("has RBAC and a loopback API server without endpoints when nodes are simulated", () => {
    expect(apiserverFlags(real)).to.include.members([
      "--authorization-mode=Node,RBAC",
      "--endpoint-reconciler-type=lease",
    ]);
    expect(apiserverFlags(simulated)).to.include.members([
      "--bind-address=127.0.0.1",
      "--secure-port=12443",
      "--endpoint-reconciler-type=none",
    ]);
  });

  it("keeps the kubelet's cgroup, folders and DNS to this cluster", () => {
    expect(kubeletConfig(real)).to.deep.include({
      cgroupRoot: "/kecs0",
      clusterDNS: ["10.97.0.10"],
      podLogsDir: "/src/.kecs/pod-logs",
    });
  });

  it("keeps containerd's state, socket and network namespaces to this cluster", () => {
    const config = renderContainerdConfig(real, "/opt/cni/bin", "native");
    expect(config).to.include('root = "/src/.kecs/containerd/root"');
    expect(config).to.match(/address = "\/run\/kecs\/[0-9a-f]{8}\/containerd.sock"/);
    expect(config).to.include("netns_mounts_under_state_dir = true").and.include('snapshotter = "native"');
    expect(JSON.parse(renderCni(real))).to.deep.include({ name: "kecs0", cniVersion: "1.0.0" });
  });

  it("asks outside name servers only when Pods may go outside", () => {
    const template = "${IMAGE} ${DNS_ADDRESS} [${FORWARD}]";
    expect(renderCoredns(template, { ...real, isolated: true })).to.equal("kecs.local/coredns:1 10.97.0.10 []");
    expect(renderCoredns(template, { ...real, isolated: false })).to.include("[forward . /etc/resolv.conf]");
  });

  it("taints simulated nodes only beside a real one", () => {
    const items = (tainted: boolean) =>
      (
        JSON.parse(renderKwokNodes(2, tainted)) as {
          items: { metadata: { name: string }; spec: { taints: object[] } }[];
        }
      ).items;
    expect(items(false).map((node) => node.metadata.name)).to.deep.equal(["kwok-0001", "kwok-0002"]);
    expect(items(false)[0]?.spec.taints).to.have.length(0);
    expect(items(true)[0]?.spec.taints).to.have.length(1);
  });

  it("has a kubeconfig that any client reads", () => {
    const text = renderKubeconfig({
      name: "kecs",
      server: "https://h:1",
      ca: Buffer.from("a"),
      cert: Buffer.from("b"),
      key: Buffer.from("c"),
    });
    expect(parse(text)).to.deep.include({
      "current-context": "kecs",
      clusters: [{ name: "kecs", cluster: { server: "https://h:1", "certificate-authority-data": "YQ==" } }],
    });
  });

  it("names each address of a certificate once", () => {
    const extensions = renderExtensions({
      name: "x",
      subject: "/CN=x",
      addresses: ["IP:127.0.0.1", "DNS:a", "IP:127.0.0.1"],
    });
    expect(extensions).to.include("subjectAltName=IP:127.0.0.1,DNS:a\n");
  });
});

describe("readers of other programs' output", () => {
  it("find a module's version in go.mod", () => {
    expect(parseVersion("module a\n\nrequire k8s.io/kubernetes v1.34.4\n", "k8s.io/kubernetes")).to.equal("v1.34.4");
    expect(parseVersion("require (\n\ta v1\n\tb/c v2.0.0 // indirect\n)\n", "b/c")).to.equal("v2.0.0");
    expect(() => parseVersion("module a\n", "b")).to.throw(/does not require b/);
  });

  it("build only what runs", () => {
    expect(programsFor({ realNode: false, kwokNodes: 1 }))
      .to.include("kwok")
      .and.not.include("kubelet");
    expect(programsFor({ realNode: true, kwokNodes: 0 })).to.include.members([
      "kubelet",
      "kube-proxy",
      "coredns",
      "metrics-server",
    ]);
  });

  it("list mounts under a folder, innermost first", () => {
    const mounts = "a / ext4 rw\nb /s/.kecs/x tmpfs rw\nc /s/.kecs/x/y\\040z tmpfs rw\nd /s/.kecs2 tmpfs rw\n";
    expect(parseMounts(mounts, "/s/.kecs")).to.deep.equal(["/s/.kecs/x/y z", "/s/.kecs/x"]);
  });

  it("find who listens", () => {
    expect(parseSs('LISTEN 0 1 *:80 *:* users:(("etcd",pid=123,fd=3))')).to.equal(123);
    expect(parseSs("")).to.equal(undefined);
  });

  it("write durations as one reads them", () => {
    expect([310, 12_440, 182_300].map(seconds)).to.deep.equal(["0.31 s", "12.4 s", "182 s"]);
  });
});
