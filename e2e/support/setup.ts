import { environment } from "./environment.ts";
import { installPythonClients } from "./python-clients.ts";

/** Before any test: the clients are there, and the installation answers. */
export async function mochaGlobalSetup(): Promise<void> {
  await installPythonClients();
  for (const url of [`${environment.admin}/health/ready`, `${environment.operatorAdmin}/health/ready`]) {
    const answer = await fetch(url).catch((error: unknown) => {
      throw new Error(`${url} does not answer: run "make up" first`, { cause: error });
    });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  }
}
