/** A table of values, as a query answers it. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Widest cell of a printed table, in characters; what is longer ends in `…`. */
const CELL_MAX = 80;

/** Comma-separated values with a header, as RFC 4180 has them; NULL is an empty field. */
export function toCsv({ columns, rows }: Table): string {
  const line = (cells: readonly unknown[]): string => cells.map((cell) => quoted(cellText(cell, ""))).join(",");
  return `${[columns, ...rows].map(line).join("\r\n")}\r\n`;
}

/** Columns one below the other, for people. */
export function toText({ columns, rows }: Table): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => shortened(cellText(cell, "NULL"))));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => "─".repeat(width)).join("  "));
  return `${lines.join("\n")}\n`;
}

function cellText(cell: unknown, ofNull: string): string {
  if (cell === null || cell === undefined) return ofNull;
  return typeof cell === "string" ? cell : JSON.stringify(cell);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function shortened(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, " ");
  return line.length > CELL_MAX ? `${line.slice(0, CELL_MAX - 1)}…` : line;
}
