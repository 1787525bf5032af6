import { expect } from "chai";
import { autoprovisionedClaim, efsClaimName, sharedClaimName } from "./volume-claims.ts";
import { volumeConfigurationProblem } from "./volume-configurations.ts";

describe("PersistentVolumeClaims of volumes", () => {
  it("are named after file system, access point and Docker volume", () => {
    expect(efsClaimName({ fileSystemId: "fs-0a1b" })).to.equal("efs.fs-0a1b");
    const authorizationConfig = { accessPointId: "fsap-1", iam: "ENABLED" as const };
    expect(efsClaimName({ fileSystemId: "fs-0a1b", authorizationConfig })).to.equal("efs.fs-0a1b.fsap-1");
    expect(sharedClaimName({ name: "data" })).to.equal("docker.data");
    expect(sharedClaimName({ name: "My_Data" })).to.match(/^docker\.my-data-[0-9a-f]{8}$/);
  });

  it("are made for volumes with autoprovision only", () => {
    const docker = { scope: "shared" as const, autoprovision: true, driver: "fast", driverOpts: { size: "2Gi" } };
    expect(autoprovisionedClaim({ name: "d", dockerVolumeConfiguration: docker })).to.deep.equal({
      name: "docker.d",
      size: "2Gi",
      accessMode: "ReadWriteOnce",
      storageClass: "fast",
    });
    expect(autoprovisionedClaim({ name: "d", dockerVolumeConfiguration: { scope: "shared" } })).to.equal(undefined);
    expect(autoprovisionedClaim({ name: "d", dockerVolumeConfiguration: { autoprovision: true } })).to.equal(undefined);
  });
});

describe("volumes configured at launch", () => {
  const volumes = [{ name: "data", configuredAtLaunch: true }, { name: "tmp" }];
  const of = (name: string, sizeInGiB?: number) => ({
    name,
    managedEBSVolume: { roleArn: "r", ...(sizeInGiB !== undefined && { sizeInGiB }) },
  });

  it("need a configuration of their name, with a size", () => {
    expect(volumeConfigurationProblem(volumes, [of("data", 1)])).to.equal(undefined);
    expect(volumeConfigurationProblem([{ name: "tmp" }], undefined)).to.equal(undefined);
    expect(volumeConfigurationProblem(volumes, [])).to.match(/^The volume data .* no volume configuration/);
    expect(volumeConfigurationProblem(volumes, [of("data")])).to.match(/sizeInGiB/);
  });

  it("take none for other volumes", () => {
    expect(volumeConfigurationProblem(volumes, [of("tmp", 1), of("data", 1)])).to.match(
      /^The volume configuration tmp/,
    );
  });
});
