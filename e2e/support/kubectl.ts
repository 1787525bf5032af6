import { stringify } from "yaml";
import { environment } from "./environment.ts";
import { check, run, type Finished } from "./run.ts";

const env = { KUBECONFIG: environment.kubeconfig };

/** `kubectl …`: exit code and output as a person at the terminal has them. */
export function kubectlRaw(args: readonly string[], input?: string): Promise<Finished> {
  return run(environment.kubectl, args, { env, ...(input === undefined ? {} : { input }) });
}

/** `kubectl …` that must succeed: what it printed. */
export function kubectl(...args: string[]): Promise<string> {
  return check(environment.kubectl, args, { env });
}

/** `kubectl get … -o json` as an object. */
export async function kubectlJson<T>(...args: string[]): Promise<T> {
  return JSON.parse(await kubectl(...args, "--output", "json")) as T;
}

/** `kubectl apply -f -` of objects, with the client's usual validation; what it printed. */
export function kubectlApply(...objects: readonly object[]): Promise<string> {
  const input = objects.map((object) => stringify(object)).join("---\n");
  return check(environment.kubectl, ["apply", "-f", "-"], { env, input });
}
