import { expect } from "chai";
import type { Logger } from "#lib/log.ts";
import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import { watchFeatures } from "../../operator/features.ts";
import { ControlPlane } from "./control-plane.ts";

describe("features of Kubernetes", function () {
  this.timeout(60_000);
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  const log: Logger = { error: say, warn: say, info: say, debug: say, child: () => log };

  for (const restartRules of [true, false]) {
    it(`tell that containers ${restartRules ? "can" : "cannot"} have a restart policy of their own`, async () => {
      const plane = await ControlPlane.start({ restartRules });
      const client = plane.client();
      const stop = new AbortController();
      try {
        const found = await watchFeatures(client, { namespace: "default", log }, stop.signal);
        expect(found.containerRestartRules, said.join("; ")).to.equal(restartRules);
        expect((await client.list<Pod>(RESOURCE.pods)).items).to.deep.equal([]);
      } finally {
        stop.abort();
        client.close();
        await plane.stop();
      }
    });
  }
});
