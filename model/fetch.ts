/**
 * Refreshes the models in `model/*.json` from botocore's (Apache-2.0; see model/NOTICE):
 * `node model/fetch.ts <botocore version>`. Needs python3 with pip. Then run `npm run generate`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { plainText } from "./generate/plain-text.ts";
import type { Member, Method, Model, Operation, Shape } from "./generate/model.ts";

/** Botocore's JSON: our form plus members that we leave out. */
interface Source {
  metadata: Record<string, unknown>;
  operations: Record<string, SourceOperation>;
  shapes: Record<string, Shape>;
}

interface SourceOperation extends Omit<Operation, "output" | "http"> {
  output?: { shape: string };
  http: { method: Method; requestUri: string };
}

const DOWNLOAD_TIMEOUT_MS = 120_000;
/** Output of operations that answer nothing. */
const NOTHING = "EmptyResponse";

/** An API's file here, its file in botocore, and which of its operations are kept (all, where none are named). */
interface Api {
  readonly file: string;
  readonly path: string;
  readonly operations?: readonly string[];
}

const APIS: readonly Api[] = [
  { file: "ecs.json", path: "data/ecs/2014-11-13/service-2.json" },
  {
    file: "logs.json",
    path: "data/logs/2014-03-28/service-2.json",
    operations: [
      "CreateLogGroup",
      "DeleteLogGroup",
      "DescribeLogGroups",
      "DescribeLogStreams",
      "FilterLogEvents",
      "GetLogEvents",
      "PutRetentionPolicy",
    ],
  },
  {
    file: "autoscaling.json",
    path: "data/application-autoscaling/2016-02-06/service-2.json",
    operations: [
      "DeleteScalingPolicy",
      "DeleteScheduledAction",
      "DeregisterScalableTarget",
      "DescribeScalableTargets",
      "DescribeScalingActivities",
      "DescribeScalingPolicies",
      "DescribeScheduledActions",
      "ListTagsForResource",
      "PutScalingPolicy",
      "PutScheduledAction",
      "RegisterScalableTarget",
      "TagResource",
      "UntagResource",
    ],
  },
  {
    file: "events.json",
    path: "data/events/2015-10-07/service-2.json",
    operations: [
      "DeleteRule",
      "DescribeRule",
      "DisableRule",
      "EnableRule",
      "ListRuleNamesByTarget",
      "ListRules",
      "ListTagsForResource",
      "ListTargetsByRule",
      "PutRule",
      "PutTargets",
      "RemoveTargets",
      "TagResource",
      "UntagResource",
    ],
  },
  {
    file: "scheduler.json",
    path: "data/scheduler/2021-06-30/service-2.json",
    operations: [
      "CreateSchedule",
      "CreateScheduleGroup",
      "DeleteSchedule",
      "DeleteScheduleGroup",
      "GetSchedule",
      "GetScheduleGroup",
      "ListScheduleGroups",
      "ListSchedules",
      "UpdateSchedule",
    ],
  },
  {
    file: "servicediscovery.json",
    path: "data/servicediscovery/2017-03-14/service-2.json",
    operations: [
      "CreateHttpNamespace",
      "CreatePrivateDnsNamespace",
      "CreateService",
      "DeleteNamespace",
      "DeleteService",
      "DiscoverInstances",
      "GetNamespace",
      "GetOperation",
      "GetService",
      "ListInstances",
      "ListNamespaces",
      "ListServices",
      "ListTagsForResource",
      "TagResource",
      "UntagResource",
      "UpdateHttpNamespace",
      "UpdatePrivateDnsNamespace",
      "UpdateService",
    ],
  },
];

/** Members of a shape that say something about its values; the rest is for SDK generators. */
const SHAPE_KEYS = [
  "type",
  "required",
  "member",
  "key",
  "value",
  "enum",
  "min",
  "max",
  "pattern",
  "exception",
  "fault",
  "sensitive",
  "document",
  "union",
  "deprecated",
] as const;

/** The models by their path in botocore. */
function download(version: string): Map<string, Source> {
  const folder = mkdtempSync(join(tmpdir(), "ecs-model-"));
  try {
    const run = (...args: string[]) =>
      execFileSync("python3", ["-m", ...args], {
        cwd: folder,
        timeout: DOWNLOAD_TIMEOUT_MS,
        stdio: ["ignore", "ignore", "inherit"],
      });
    run("pip", "download", "--no-deps", "--dest", folder, `botocore==${version}`);
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw new Error(`pip downloaded no wheel of botocore ${version}`);
    run("zipfile", "-e", wheel, folder);
    const read = (path: string): Source =>
      JSON.parse(gunzipSync(readFileSync(join(folder, `botocore/${path}.gz`))).toString("utf8")) as Source;
    return new Map(APIS.map(({ path }) => [path, read(path)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function trimMember(member: Member): Member {
  const documentation = plainText(member.documentation ?? "");
  return {
    shape: member.shape,
    ...(documentation === "" ? {} : { documentation }),
    ...(member.deprecated ? { deprecated: true } : {}),
    ...(member.location ? { location: member.location, locationName: member.locationName ?? "" } : {}),
  };
}

function trimShape(shape: Shape): Shape {
  const kept = Object.fromEntries(SHAPE_KEYS.filter((key) => key in shape).map((key) => [key, shape[key]]));
  const documentation = plainText(shape.documentation ?? "");
  return {
    ...(kept as unknown as Shape),
    ...(documentation === "" ? {} : { documentation }),
    ...(shape.members === undefined
      ? {}
      : {
          members: Object.fromEntries(
            Object.entries(shape.members).map(([name, member]) => [name, trimMember(member)]),
          ),
        }),
  };
}

function byName<T>(entries: [string, T][]): Record<string, T> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The shapes that these operations reach, their errors included. */
function reachedShapes(source: Source, operations: readonly Operation[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const shape = source.shapes[name];
    if (shape === undefined || found.has(name)) return;
    found.add(name);
    for (const member of Object.values(shape.members ?? {})) visit(member.shape);
    for (const part of [shape.member, shape.key, shape.value]) if (part !== undefined) visit(part.shape);
  };
  for (const { input, output, errors = [] } of operations)
    for (const { shape } of [input, output, ...errors]) visit(shape);
  return found;
}

function trim(source: Source, version: string, api: Api): Model {
  const rest = source.metadata["protocol"] === "rest-json";
  const operations = byName(
    Object.entries(source.operations)
      .filter(([name]) => api.operations?.includes(name) ?? true)
      .map(([name, operation]): [string, Operation] => [
        name,
        {
          input: { shape: operation.input.shape },
          output: { shape: operation.output?.shape ?? NOTHING },
          errors: (operation.errors ?? []).map((error) => ({ shape: error.shape })),
          ...(rest && { http: { method: operation.http.method, path: operation.http.requestUri } }),
          documentation: plainText(operation.documentation ?? ""),
        },
      ]),
  );
  const reached = api.operations && reachedShapes(source, Object.values(operations));
  const shapes = Object.entries(source.shapes)
    .filter(([name]) => reached?.has(name) ?? true)
    .map(([name, shape]): [string, Shape] => [name, trimShape(shape)]);
  const answersNothing = Object.values(operations).some(({ output }) => output.shape === NOTHING);
  if (answersNothing) shapes.push([NOTHING, { type: "structure", members: {} }]);
  return {
    source: `botocore ${version}, ${api.path}, shortened; Apache-2.0, see NOTICE`,
    apiVersion: String(source.metadata["apiVersion"]),
    targetPrefix: rest ? "" : String(source.metadata["targetPrefix"]),
    operations,
    shapes: byName(shapes),
  };
}

const version = process.argv[2];
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  process.stderr.write("Usage: node model/fetch.ts <botocore version, for example 1.44.5>\n");
  process.exit(1);
}
const sources = download(version);
for (const api of APIS) {
  const source = sources.get(api.path);
  if (source === undefined) throw new Error(`botocore ${version} lacks ${api.path}`);
  writeFileSync(new URL(api.file, import.meta.url), `${JSON.stringify(trim(source, version, api), null, 1)}\n`);
}
process.stdout.write(`The models are from botocore ${version}. Now: npm run generate\n`);
