import winston from "winston";
import { mask } from "./mask.ts";

/** Data of one log line: messages are constant, what varies is a field. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What the product logs with; winston's loggers are one. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger;
}

export interface LogOptions {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly format: "json" | "text";
  /** Process or part that logs, for example `gateway`. */
  readonly component: string;
}

const maskFields = winston.format((info) => {
  for (const [key, value] of Object.entries(info)) {
    if (key !== "level" && key !== "message" && key !== "timestamp") info[key] = mask(key, value);
  }
  return info;
});

const textLine = winston.format.printf(({ timestamp, level, component, message, ...fields }) => {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${String(timestamp)} ${level.toUpperCase().padEnd(5)} ${String(component)}: ${String(message)}${pairs.join("")}`;
});

/** A logger to standard error: JSON lines or text, with secrets masked by the names of their fields. */
export function createLogger({ level, format, component }: LogOptions): Logger {
  return winston.createLogger({
    level,
    defaultMeta: { component },
    format: winston.format.combine(
      winston.format.timestamp(),
      maskFields(),
      format === "json" ? winston.format.json() : textLine,
    ),
    transports: [new winston.transports.Console({ stderrLevels: ["error", "warn", "info", "debug"] })],
  });
}
