/** Whether images can be pulled here. */
import { request } from "node:https";

/** Docker Hub, where names without a registry lead. */
const REGISTRY = "https://registry-1.docker.io/v2/";

/** Whether the registry answers at all within three seconds; an answer that asks for a login is one, too. */
export async function registryAnswers(url: string = REGISTRY): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(url, { method: "HEAD", timeout: 3000, agent: false });
    call.on("response", (response) => {
      response.resume();
      resolve(true);
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(false));
    call.on("close", () => resolve(false));
    call.end();
  });
}
