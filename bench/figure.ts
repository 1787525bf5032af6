/** One line of the table of figures: what was measured, beside its limit or rival in the same run. */
export interface Figure {
  /** What was measured, in words. */
  readonly what: string;
  /** The figure, with its unit. */
  readonly ours: string;
  /** What it is held against, in words; absent where the target is absolute. */
  readonly against?: string;
  /** The rival's figure, with its unit. */
  readonly theirs?: string;
  /** Ours divided by theirs. */
  readonly ratio?: number;
  /** The target, in words: `≤ 1.25 ×`. */
  readonly target?: string;
  /** Whether the target is met; absent where there is none. */
  readonly met?: boolean;
}

/** A bench: measures on the running installation, and says how far it is on standard error. */
export interface Bench {
  readonly title: string;
  /** What is done, in a sentence or two, for who reads the table. */
  readonly how: string;
  /** What stands in the way where a target is missed, as profiles have shown. */
  readonly limit?: string;
  run(options: BenchOptions): Promise<Figure[]>;
}

export interface BenchOptions {
  /** Fewer and smaller: to see that everything works. */
  readonly quick: boolean;
  /** Those, too, that take half an hour to build. */
  readonly allRivals: boolean;
}

export interface Comparison {
  readonly what: string;
  readonly against: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs: number;
}

/** A figure that is to be at most so many times its rival's. */
export function atMost(limit: number, comparison: Comparison): Figure {
  return compared(comparison, `≤ ${limit} ×`, (ratio) => ratio <= limit);
}

/** A figure that is to be at least so many times its rival's. */
export function atLeast(limit: number, comparison: Comparison): Figure {
  return compared(comparison, `≥ ${limit} ×`, (ratio) => ratio >= limit);
}

/** A figure with a target of its own. */
export function absolute(what: string, value: number, unit: string, most: number): Figure {
  return { what, ours: amount(value, unit), target: `≤ ${amount(most, unit)}`, met: value <= most };
}

function compared(comparison: Comparison, target: string, meets: (ratio: number) => boolean): Figure {
  const { what, against, unit, ours, theirs } = comparison;
  const ratio = ours / theirs;
  return { what, against, ours: amount(ours, unit), theirs: amount(theirs, unit), ratio, target, met: meets(ratio) };
}

/** A number as a table shows it: three digits that mean something. */
export function amount(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

/** Rows of a Markdown table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, ours, against = "", theirs = "", ratio, target = "", met }) => {
    const verdict = met === undefined ? "" : met ? "yes" : "**no**";
    return `| ${[what, ours, against, theirs, ratio?.toFixed(2) ?? "", target, verdict].join(" | ")} |`;
  });
  const head =
    "| what | figure | against | its figure | ratio | target | met |\n| --- | --- | --- | --- | --- | --- | --- |";
  return [head, ...rows].join("\n");
}

let told = { text: "", at: 0 };

/** Progress on standard error: one line that is written over; in a file the same only once a minute. */
export function progress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[2K${text}`);
    return;
  }
  if (text === told.text && Date.now() - told.at < 60_000) return;
  told = { text, at: Date.now() };
  process.stderr.write(`${text}\n`);
}
