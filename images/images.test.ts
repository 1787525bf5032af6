import { createHash } from "node:crypto";
import { mkdtemp, mkdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { packLayer, renderConfig, writeArchive } from "./archive.ts";
import { closure, parseCandidates, parseDepends } from "./debian.ts";

describe("Debian packages", () => {
  const output = `nginx
  PreDepends: libc6
  Depends: libssl3
  Depends: iproute2
 |Depends: debconf
  Depends: <debconf-2.0>
    cdebconf
libc6
  Depends: libgcc-s1
libgcc-s1
  Depends: libc6
libssl3
  Depends: python3:any
`;

  it("are read with what they need", () => {
    expect(parseDepends(output).get("nginx")).to.deep.equal(["libc6", "libssl3", "iproute2"]);
    expect(parseDepends(output).get("libssl3")).to.deep.equal(["python3"]);
  });

  it("are followed once each, without those that only serve installation", () => {
    expect(closure(parseDepends(output), ["nginx"])).to.deep.equal([
      "libc6",
      "libgcc-s1",
      "libssl3",
      "nginx",
      "python3",
    ]);
  });

  it("come in the version that apt would install", () => {
    const policy =
      "nginx:\n  Installed: (none)\n  Candidate: 1.22.1-9\n  Version table:\nvirtual:\n  Installed: (none)\n  Candidate: (none)\n";
    expect(parseCandidates(policy)).to.deep.equal(["nginx=1.22.1-9"]);
  });
});

describe("image archives", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "kecs-images-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function archive(name: string, age: number): Promise<string> {
    const files = join(folder, `${name}-files`);
    await mkdir(files);
    await writeFile(join(files, "hello"), "hello\n");
    await utimes(join(files, "hello"), age, age);
    const layer = join(folder, `${name}-layer.tar`);
    await packLayer(files, layer);
    const target = join(folder, `${name}.tar`);
    await writeArchive({ tags: ["docker.io/library/x:1"], config: { Cmd: ["/hello"] }, layers: [layer] }, target);
    return createHash("sha256")
      .update(await readFile(target))
      .digest("hex");
  }

  it("are the same bytes for the same files, whenever they were made", async () => {
    expect(await archive("one", 1_000_000)).to.equal(await archive("two", 2_000_000));
  });

  it("have a configuration that names each layer", () => {
    const config = JSON.parse(renderConfig({ Cmd: ["a"], User: "1:1" }, ["aa", "bb"])) as object;
    expect(config).to.deep.include({
      os: "linux",
      config: { Cmd: ["a"], User: "1:1" },
      rootfs: { type: "layers", diff_ids: ["sha256:aa", "sha256:bb"] },
    });
  });
});
