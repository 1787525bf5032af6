#!/usr/bin/env node
/** Asks the gateway's admin API: `kecs help` says what. Exit code 1: refused or failed, 2: used wrongly. */
import { parseArgs } from "node:util";

const USAGE = `usage: kecs <command>

  sql [--format table|csv|json] [--rows N] STATEMENT|-   run a statement that reads (- takes it from standard input)
  history ARN [--limit N] [--since T] [--until T]        changes of a resource, newest first; --with-kubernetes: also
          [--with-kubernetes]                            what its Pod, Deployment and Kubernetes' Events told
  describe ARN [--as-of T]                               the state of a resource at a time
  changes ARN --from T [--to T]                          what differs between two times
  events [--types T,T] [--cluster NAME] [--after ID]     what happens, as it happens, one JSON object a line
  webhooks [dead-letters|replay] [--target NAME]         where webhooks are, what they did not take, and send it again
      [--event ID] [--limit N]
  verify [--format json]                                 compare the view with the cluster; exit code 3: they differ
  backup                                                 copy the database into a folder of its own, and check the copy
  backups                                                the backups that are there, newest first
  restore [--at T] [--backup NAME] [--data-dir DIR]      put the database of a time in place of a stopped gateway's

T is 2026-11-25T10:00:00Z, seconds since 1970, now, or how long ago: 90s, 15m, 2h, 1d.
The gateway's admin API is http://127.0.0.1:8081, else KECS_ADMIN_ENDPOINT or --endpoint says where.
docs/history.md has views and examples, docs/events.md webhooks, docs/operations.md backup and restore.
`;

const OPTIONS = {
  endpoint: { type: "string" },
  format: { type: "string" },
  rows: { type: "string" },
  limit: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  "as-of": { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  types: { type: "string" },
  cluster: { type: "string" },
  after: { type: "string" },
  at: { type: "string" },
  backup: { type: "string" },
  "data-dir": { type: "string" },
  "with-kubernetes": { type: "boolean" },
  target: { type: "string" },
  event: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

type Options = { readonly [name in keyof typeof OPTIONS | "kubernetes"]?: string | boolean };

class UsageError extends Error {}

interface Invocation {
  readonly operand: string | undefined;
  readonly options: Options;
  readonly endpoint: string;
}

const COMMANDS: Record<string, (invocation: Invocation) => Promise<void>> = {
  async sql({ operand, options, endpoint }) {
    const statement = operand === "-" ? await standardInput() : required(operand, "a statement");
    const query = queryOf({ ...options, format: options.format ?? "table" }, ["format", "rows"]);
    const response = await ask(`${endpoint}/sql${query}`, { method: "POST", body: statement });
    process.stdout.write(await response.text());
    if (response.headers.get("x-kecs-truncated") === "true" && options.format !== undefined) {
      console.error("kecs: there are more rows; --rows N takes up to 10000");
    }
  },
  history: (invocation) => {
    const { "with-kubernetes": kubernetes, ...options } = invocation.options;
    const asked = kubernetes === true ? { ...options, kubernetes: "true" } : options;
    return get("history", ["limit", "since", "until", "kubernetes"])({ ...invocation, options: asked });
  },
  describe: get("describe", ["as-of"]),
  changes: get("changes", ["from", "to"]),
  async events({ options, endpoint }) {
    const headers: Record<string, string> = typeof options.after === "string" ? { "last-event-id": options.after } : {};
    const { body } = await ask(`${endpoint}/events/stream${queryOf(options, ["types", "cluster"])}`, { headers });
    let text = "";
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: ")) console.log(line.slice("data: ".length));
    }
    throw new Error("the gateway has ended the stream; --after ID of the last event goes on where it ended");
  },
  async webhooks({ operand, options, endpoint }) {
    const query = queryOf(options, ["target", "event", "limit"]);
    const [path, method] = WEBHOOKS[operand ?? ""] ?? [];
    if (path === undefined || method === undefined) throw new UsageError(`webhooks ${operand}: dead-letters or replay`);
    const response = await ask(`${endpoint}${path}${operand === undefined ? "" : query}`, { method });
    console.log(JSON.stringify(await response.json(), undefined, 2));
  },
  async verify({ options, endpoint }) {
    const answer = (await (await ask(`${endpoint}/verify`)).json()) as Verified;
    console.log(options.format === "json" ? JSON.stringify(answer, undefined, 2) : verifiedText(answer));
    if (!answer.consistent) process.exitCode = 3;
  },
  async backup({ endpoint }) {
    console.log(backupText((await (await ask(`${endpoint}/backup`, { method: "POST" })).json()) as Backup));
  },
  async backups({ endpoint }) {
    const { backups } = (await (await ask(`${endpoint}/backups`)).json()) as { backups: Backup[] };
    for (const backup of backups) console.log(backupText(backup));
  },
  async restore({ options: { at, backup, "data-dir": dataDir } }) {
    const { restoreCommand } = await import("./restore.ts");
    console.log(await restoreCommand({ at: textOf(at), backup: textOf(backup), dataDir: textOf(dataDir) }));
  },
};

/** The part of a backup that is printed. */
interface Backup {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
}

function backupText({ name, path, bytes, rows }: Backup): string {
  return `${name}  ${rows} rows  ${(bytes / 1e6).toFixed(1)} MB  ${path}`;
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

const WEBHOOKS: Record<string, [path: string, method: string]> = {
  "": ["/webhooks", "GET"],
  "dead-letters": ["/webhooks/dead-letters", "GET"],
  replay: ["/webhooks/replay", "POST"],
};

/** The part of `GET /verify` that is printed. */
interface Verified {
  readonly consistent: boolean;
  readonly compared: Readonly<Record<string, number>>;
  readonly changedMeanwhile: number;
  readonly differences: readonly {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly problem: string;
    readonly detail: string;
    readonly fields?: readonly { readonly path: string; readonly from?: unknown; readonly to?: unknown }[];
  }[];
}

function verifiedText({ consistent, compared, changedMeanwhile, differences }: Verified): string {
  const lines = differences.flatMap(({ kind, namespace, name, problem, detail, fields = [] }) => [
    `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}: ${problem}: ${detail}`,
    ...fields.map(({ path, from, to }) => `  ${path}: cluster ${JSON.stringify(from)}, view ${JSON.stringify(to)}`),
  ]);
  const objects = Object.values(compared).reduce((sum, count) => sum + count, 0);
  const moving = changedMeanwhile === 0 ? "" : `, ${changedMeanwhile} changed meanwhile`;
  const verdict = consistent ? "the view is what the cluster says" : `${differences.length} differences`;
  return [...lines, `${objects} objects compared${moving}: ${verdict}`].join("\n");
}

/** A command that asks about an ARN and prints the answer. */
function get(path: string, names: readonly (keyof Options)[]): (invocation: Invocation) => Promise<void> {
  return async ({ operand, options, endpoint }) => {
    const response = await ask(`${endpoint}/${path}/${required(operand, "an ARN")}${queryOf(options, names)}`);
    console.log(JSON.stringify(await response.json(), undefined, 2));
  };
}

function required(operand: string | undefined, what: string): string {
  if (operand === undefined || operand === "") throw new UsageError(`${what} is missing`);
  return operand;
}

function queryOf(options: Options, names: readonly (keyof Options)[]): string {
  const given = new URLSearchParams();
  for (const name of names) {
    const value = options[name];
    if (typeof value === "string") given.set(name, value);
  }
  return given.size === 0 ? "" : `?${given.toString()}`;
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
    throw new Error(`${new URL(url).origin} does not answer${cause}`);
  });
  if (response.ok) return response;
  const text = await response.text();
  throw new Error(messageOf(text) ?? `HTTP ${response.status}: ${text}`);
}

function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}

async function standardInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}

function parsed(): { command: (invocation: Invocation) => Promise<void>; invocation: Invocation } | undefined {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [name, operand, ...rest] = positionals;
  if (values.help === true || name === undefined || name === "help") return undefined;
  const command = COMMANDS[name];
  if (command === undefined) throw new UsageError(`there is no command ${name}`);
  if (rest.length > 0) throw new UsageError(`what does "${rest.join(" ")}" mean? Quote a statement as a whole`);
  const endpoint = values.endpoint ?? process.env.KECS_ADMIN_ENDPOINT ?? "http://127.0.0.1:8081";
  return { command, invocation: { operand, options: values, endpoint: endpoint.replace(/\/+$/, "") } };
}

try {
  const run = parsed();
  if (run === undefined) process.stdout.write(USAGE);
  else await run.command(run.invocation);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const misused = error instanceof UsageError || (error instanceof Error && "code" in error);
  console.error(`kecs: ${message}${misused ? "\n\n" + USAGE : ""}`);
  process.exitCode = misused ? 2 : 1;
}
