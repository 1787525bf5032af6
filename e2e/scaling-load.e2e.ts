import { expect } from "chai";
import { kubectl } from "./support/kubectl.ts";
import { realNode } from "./support/nodes.ts";
import { awsScaling, capacity, policy, scalingFixture, type ScalingFixture } from "./support/scaling-fixture.ts";
import { eventually } from "./support/wait.ts";

/** Uses all the CPU that it may for a while, then none. */
const BUSY = "timeout 75 sh -c 'while :; do :; done'; trap 'exit 0' TERM; sleep 3600 & wait";

describe("scaling of services by their load", function () {
  this.timeout(480_000);
  let fixture: ScalingFixture;

  before(async () => {
    await realNode(); // simulated containers use nothing
    fixture = await scalingFixture();
  });
  after(() => fixture?.dispose());

  it("goes out while the tasks are busy, and in when they idle", async () => {
    const service = await fixture.create(BUSY, 1);
    const named = fixture.named(service);
    await awsScaling("register-scalable-target", ...named, ...capacity(1, 2));
    await awsScaling("put-scaling-policy", ...named, ...policy("cpu", { ScaleInCooldown: 15, ScaleOutCooldown: 15 }));
    await fixture.untilDesired(service, 2, 180_000);
    const running = (count: number): Promise<boolean> =>
      eventually(
        `tasks run: ${count}`,
        async () => (await fixture.countsOf(service)).runningCount === count,
        120_000,
        1000,
      );
    await running(2);
    const target = [`ecsscalabletarget/${service}`, "-n", fixture.namespace];
    await kubectl("wait", "--for=condition=Ready", ...target, "--timeout=60s");
    const out = await eventually("the activity is told", async () => {
      const [activity] = await fixture.activitiesOf(service);
      return activity;
    });
    expect(out).to.include({ Description: "Setting desired count to 2." });
    expect(out.Cause).to.contain("policy cpu");
    await fixture.untilDesired(service, 1, 240_000);
    await running(1);
  });
});
