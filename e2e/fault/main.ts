/**
 * Kills a gateway with SIGKILL during churn, round after round, and compares its history with an independent watch's
 * record after each. Needs a running installation (`make up`), beside which the gateway runs.
 *
 *   node e2e/fault/main.ts [--rounds 200] [--seed N]
 */
import { parseArgs } from "node:util";
import { environment } from "../support/environment.ts";
import { faultRounds } from "./rounds.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "200" }, seed: { type: "string", default: String(Date.now() % 1e6) } },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
console.log(`${rounds} rounds, seed ${seed}`);
const done = await faultRounds({
  kubeconfig: environment.kubeconfig,
  rounds,
  seed,
  onRound: ({ number, killedAfterMs, rows }) => {
    if (number % 10 === 0) console.log(`round ${number}: killed after ${killedAfterMs} ms, ${rows} rows, all as told`);
  },
});
const grown = done.filter(({ rows }, index) => rows > (done[index - 1]?.rows ?? 0)).length;
const last = done.at(-1);
console.log(
  Object.entries(last?.rowsByKind ?? {})
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", "),
);
console.log(
  `${done.length} rounds (${grown} of which added rows), ${last?.rows ?? 0} rows: each change once, in order, none missing`,
);
