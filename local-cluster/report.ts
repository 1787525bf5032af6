/** What the user reads while things happen. */

let lineOpen = false;

/** Does one step; prints what it is when it starts and how long it took when it has ended. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  endLine();
  process.stdout.write(`${title} … `);
  lineOpen = true;
  const result = await work();
  const took = seconds(performance.now() - start);
  if (lineOpen) process.stdout.write(`${took}\n`);
  else process.stdout.write(`${title}: ${took}\n`);
  lineOpen = false;
  return result;
}

/** Prints a line. */
export function say(line: string): void {
  endLine();
  process.stdout.write(`${line}\n`);
}

function endLine(): void {
  if (lineOpen) process.stdout.write("\n");
  lineOpen = false;
}

/** Formats milliseconds as seconds: "0.31 s", "12.4 s", "182 s". */
export function seconds(ms: number): string {
  const value = ms / 1000;
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} s`;
}
