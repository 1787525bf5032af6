import { hasShellWrapper } from "#lib/ecs/shell-wrapper.ts";
import type { ContainerRestartPolicy, Ulimit } from "#model/generated/types.generated.ts";
import type { NamedContainer } from "./input.ts";
import type { Container } from "./kubernetes-types.ts";
import { literal } from "./literal.ts";
import type { EarlyContainer } from "./order.ts";

const DEFAULT_RESTART_PERIOD_SECONDS = 300;

/**
 * What a container runs: ECS's `entryPoint` is Kubernetes' `command`, ECS's `command` Kubernetes' `args`.
 *
 * Limits per process, a restart in place and an end that may fail are nothing that Kubernetes offers. Where the task
 * definition says what is run (`entryPoint`), the image's shell runs it and does these.
 * @param until what the containers wait for that wait for this one.
 */
export function processOf(container: NamedContainer, until: EarlyContainer["until"] | undefined): Partial<Container> {
  const { entryPoint = [], command = [], workingDirectory, interactive, pseudoTerminal } = container;
  const script = hasShellWrapper(container) ? scriptOf(container, until) : undefined;
  const program = script === undefined ? entryPoint : ["/bin/sh", "-c", script, "kecs", ...entryPoint];
  return {
    ...(program.length > 0 && { command: program.map(literal) }),
    ...(command.length > 0 && { args: command.map(literal) }),
    ...(workingDirectory !== undefined && { workingDir: workingDirectory }),
    ...(interactive === true && { stdin: true }),
    ...(pseudoTerminal === true && { tty: true }),
  };
}

/** A POSIX script that runs its arguments; undefined where there is nothing to do besides. */
function scriptOf({ ulimits = [], restartPolicy }: NamedContainer, until: string | undefined): string | undefined {
  const limits = ulimits.map(limitLine);
  const restarts = restartPolicy?.enabled === true;
  if (!restarts && until !== "complete") {
    return limits.length === 0 ? undefined : [...limits, 'exec "$@"'].join("\n");
  }
  const again = restarts ? restartLines(restartPolicy) : [];
  const last = until === "complete" ? COMPLETE_LINES : ["exit $code"];
  return [...limits, ...RUN_LINES, ...again, "break", "done", ...last].join("\n");
}

/**
 * Runs the program and hands it the signals that the shell gets. A `wait` ends early when a signal comes.
 * `code` is then how it ended, `stop` whether it was told to.
 */
const RUN_LINES = [
  "stop=",
  'for s in INT QUIT TERM; do trap "stop=1; kill -$s \\$p 2>/dev/null" $s; done',
  'for s in HUP USR1 USR2; do trap "kill -$s \\$p 2>/dev/null" $s; done',
  "while :; do",
  "read -r since rest </proc/uptime",
  '"$@" <&0 & p=$!',
  "wait $p; code=$?",
  "while kill -0 $p 2>/dev/null; do wait $p; code=$?; done",
];

/** The task goes on whatever its exit code; the operator reads the true one. */
const COMPLETE_LINES = ['[ -z "$stop" ] || exit $code', "printf %s $code >/dev/termination-log", "exit 0"];

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html */
function restartLines({ ignoredExitCodes = [], restartAttemptPeriod }: ContainerRestartPolicy): string[] {
  const period = restartAttemptPeriod ?? DEFAULT_RESTART_PERIOD_SECONDS;
  return [
    '[ -z "$stop" ] || break',
    ...(ignoredExitCodes.length > 0 ? [`case $code in ${ignoredExitCodes.join("|")}) break;; esac`] : []),
    "read -r now rest </proc/uptime",
    `[ $((\${now%%.*} - \${since%%.*})) -ge ${period} ] && continue`,
  ];
}

/** Options of `ulimit` and how many of the limit's unit (bytes, seconds, things) are one of the shell's. */
const LIMITS: Readonly<Record<string, { options: readonly string[]; unit: number }>> = {
  cpu: { options: ["t"], unit: 1 },
  data: { options: ["d"], unit: 1024 },
  memlock: { options: ["l"], unit: 1024 },
  nofile: { options: ["n"], unit: 1 },
  // bash calls it -u, others -p, which bash cannot set.
  nproc: { options: ["u", "p"], unit: 1 },
  stack: { options: ["s"], unit: 1024 },
};

/** Both limits at once, as a hard one cannot be below the soft one, then the soft one. */
function limitLine({ name, softLimit, hardLimit }: Ulimit): string {
  const { options, unit } = LIMITS[name] ?? { options: [], unit: 1 };
  const shown = (limit: number): string => (limit < 0 ? "unlimited" : String(Math.floor(limit / unit)));
  const tries = options.map(
    (option) => `{ ulimit -${option} ${shown(hardLimit)} && ulimit -S -${option} ${shown(softLimit)}; } 2>/dev/null`,
  );
  const failure = `the node does not allow the limit ${name} of ${softLimit}:${hardLimit}`;
  return `${tries.join(" || ")} || { echo "${failure}" >&2; exit 126; }`;
}
