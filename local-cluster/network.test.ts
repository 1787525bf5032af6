import { expect } from "chai";
import { emptyHostPortRemovals, hostPortRemovals, isEmptyTable, renderRules, splitRule } from "./network.ts";
import { readSettings } from "./settings.ts";

const { network } = readSettings("/src", {}, { platform: "linux", uid: 0 });

const RULE = String.raw`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"kecs0\" id: \"abc\"" -m multiport --dports 8088 -j CNI-DN-0123abc`;
const COMMENT = 'dnat name: "kecs0" id: "abc"';
const PORTS = ["-m", "multiport", "--dports", "8088"];
const OTHERS = String.raw`-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"podman\" id: \"def\"" -m multiport --dports 9000 -j CNI-DN-fed`;
const SHARED = `:PREROUTING ACCEPT [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-HOSTPORT-MASQ - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT`;

describe("the cluster's network rules", () => {
  it("masquerade Pods that go outside", () => {
    const rules = renderRules(network, false);
    expect(rules).to.include("ip saddr 10.245.0.0/20").and.include("masquerade").and.not.include("drop");
  });

  it("drop what Pods send outside when isolated", () => {
    const rules = renderRules(network, true);
    expect(rules).to.include('oifname != { "lo", "kecs0", "kecscni0" } drop').and.not.include("masquerade");
  });

  it("replace the table that is there already", () => {
    expect(renderRules(network, true)).to.match(/^table ip kecs0 \{\}\ndelete table ip kecs0\ntable ip kecs0 \{/);
  });
});

describe("removal of host port rules", () => {
  it("takes our network's rules and their chains only", () => {
    expect(hostPortRemovals(`${RULE}\n${OTHERS}`, "kecs0")).to.deep.equal([
      ["-D", "CNI-HOSTPORT-DNAT", "-p", "tcp", "-m", "comment", "--comment", COMMENT, ...PORTS, "-j", "CNI-DN-0123abc"],
      ["-F", "CNI-DN-0123abc"],
      ["-X", "CNI-DN-0123abc"],
    ]);
  });

  it("leaves the shared chains while another network uses them", () => {
    expect(emptyHostPortRemovals(`${SHARED}\n${OTHERS}`)).to.deep.equal([]);
  });

  it("takes the shared chains, after the jumps to them, when nobody uses them", () => {
    const removals = emptyHostPortRemovals(SHARED).map((args) => args.slice(0, 2).join(" "));
    expect(removals).to.deep.equal([
      "-D PREROUTING",
      "-F CNI-HOSTPORT-DNAT",
      "-F CNI-HOSTPORT-MASQ",
      "-X CNI-HOSTPORT-DNAT",
      "-X CNI-HOSTPORT-MASQ",
    ]);
  });

  it("does nothing on a machine that never had any", () => {
    expect(emptyHostPortRemovals(":PREROUTING ACCEPT [0:0]")).to.deep.equal([]);
  });

  it("counts a table as empty only without any rule, chain of its own or refusing policy", () => {
    const table = (policy: string, rule = "") =>
      `table ip nat {\n\tchain OUTPUT {\n\t\ttype nat hook output priority -100; policy ${policy};\n${rule}\t}\n}\n`;
    expect(isEmptyTable(table("accept"))).to.equal(true);
    expect(isEmptyTable("table ip6 nat {\n}\n")).to.equal(true);
    expect(isEmptyTable(table("drop"))).to.equal(false);
    expect(isEmptyTable(table("accept", "\t\tip saddr 10.0.0.1 accept\n"))).to.equal(false);
    expect(isEmptyTable("table ip nat {\n\tchain DOCKER {\n\t}\n\tset a {\n\t}\n}\n")).to.equal(false);
  });

  it("keeps quoted words together", () => {
    expect(splitRule(String.raw`A --comment "a \"b\" c" -j X`)).to.deep.equal(["A", "--comment", 'a "b" c', "-j", "X"]);
  });
});
