import {
  CreateClusterCommand,
  DeleteAccountSettingCommand,
  DeleteClusterCommand,
  DescribeClustersCommand,
  ListAccountSettingsCommand,
  PutAccountSettingCommand,
  PutAccountSettingDefaultCommand,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { refused } from "../support/ecs-fixture.ts";
import { ecsClient } from "../support/sdk.ts";
import { uniqueName } from "../support/wait.ts";

/** Alone, because the settings are those of all who call. */
describe("account settings", () => {
  const client = ecsClient();
  const principalArn = "arn:aws:iam::000000000000:root";
  const remove = (name: "containerInsights" | "serviceLongArnFormat") =>
    client.send(new DeleteAccountSettingCommand({ name }));

  after(async () => {
    await remove("containerInsights");
    await remove("serviceLongArnFormat");
    client.destroy();
  });

  it("give new clusters their Container Insights, until they are deleted", async () => {
    const { setting } = await client.send(
      new PutAccountSettingDefaultCommand({ name: "containerInsights", value: "enhanced" }),
    );
    expect(setting).to.deep.equal({ name: "containerInsights", value: "enhanced", principalArn, type: "user" });
    const insightsOf = async (clusterName: string, more: object = {}): Promise<string | undefined> => {
      await client.send(new CreateClusterCommand({ clusterName, ...more }));
      const include = ["SETTINGS" as const];
      const { clusters } = await client.send(new DescribeClustersCommand({ clusters: [clusterName], include }));
      await client.send(new DeleteClusterCommand({ cluster: clusterName }));
      return clusters?.[0]?.settings?.[0]?.value;
    };
    expect(await insightsOf(uniqueName("insights"))).to.equal("enhanced");
    const settings = [{ name: "containerInsights", value: "enabled" }];
    expect(await insightsOf(uniqueName("insights"), { settings })).to.equal("enabled");
    expect((await remove("containerInsights")).setting?.value).to.equal("disabled");
    expect(await insightsOf(uniqueName("insights"))).to.equal("disabled");
  });

  it("are listed as they were put, or as they hold, and refused where they would have no effect", async () => {
    await client.send(new PutAccountSettingCommand({ name: "serviceLongArnFormat", value: "enabled" }));
    const put = await client.send(new ListAccountSettingsCommand({}));
    expect(put.settings?.map(({ name }) => name)).to.deep.equal(["serviceLongArnFormat"]);
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(
        new ListAccountSettingsCommand({ effectiveSettings: true, ...(nextToken !== undefined && { nextToken }) }),
      );
      names.push(...(page.settings ?? []).map(({ name = "" }) => name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(names).to.have.length(11).and.include("guardDutyActivate");
    const one = new ListAccountSettingsCommand({ name: "awsvpcTrunking", value: "enabled", effectiveSettings: true });
    expect((await client.send(one)).settings).to.deep.equal([]);
    await refused(
      client.send(new PutAccountSettingCommand({ name: "awsvpcTrunking", value: "enabled" })),
      "UnsupportedFeatureException",
      /^awsvpcTrunking: /,
    );
    await refused(
      client.send(new PutAccountSettingCommand({ name: "taskLongArnFormat", value: "disabled" })),
      "InvalidParameterException",
      /Valid values are: enabled/,
    );
  });
});
