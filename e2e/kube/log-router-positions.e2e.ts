import { expect } from "chai";
import type { KubeClient } from "#lib/kube/client.ts";
import { Positions } from "#logs/firelens/positions.ts";
import { BEGINNING, type LogPosition } from "#logs/position.ts";
import { ControlPlane } from "./control-plane.ts";

describe("positions in logs that log routers are sent", () => {
  const { signal } = new AbortController();
  const [first, second] = ["a", "b"].map((digit) => digit.repeat(64)) as [string, string];
  const position: LogPosition = { at: "2026-01-02T03:04:05.600000001Z", count: 3 };
  let plane: ControlPlane;
  let client: KubeClient;
  const load = (): Promise<Positions> => Positions.load(client, "default", signal);

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
  });
  after(async () => {
    client?.close();
    await plane?.stop();
  });

  it("are there for the next one to send, and forgotten with their containers", async () => {
    const before = await load();
    expect(before.get(first)).to.deep.equal(BEGINNING);
    before.set(first, position);
    before.set(second, { ...position, count: 7 });
    await before.write();

    const after = await load();
    expect([after.get(first), after.get(second)]).to.deep.equal([position, { ...position, count: 7 }]);
    after.keep([second]);
    await after.write();

    const last = await load();
    expect([last.get(first), last.get(second).count]).to.deep.equal([BEGINNING, 7]);
  });

  it("are written again when they could not be", async () => {
    const positions = await load();
    positions.set(first, position);
    await plane.killApiserver();
    const failed = await positions.write().catch((error: unknown) => error);
    expect(failed).to.be.an("error");
    await plane.startApiserver();
    await positions.write();
    expect((await load()).get(first)).to.deep.equal(position);
  });
});
