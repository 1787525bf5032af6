import type { LogEntry } from "./lines.ts";
import type { LogPosition } from "./position.ts";

/** Where the events of one container's log go. */
export interface OpenLog {
  /** How far the log was taken before. */
  readonly position: LogPosition;
  /**
   * Takes events; may make whoever brings them wait.
   * @param position how far the log was read with these events
   * @throws Error when events were lost on their way: the log has to be opened again and read from its position
   */
  append(entries: readonly LogEntry[], position: LogPosition): Promise<void>;
  /** Resolves when all that was taken is safe. @throws Error as `append` does */
  flush(): Promise<void>;
  /** Nothing more comes until it is opened again. */
  close(): void;
}

/** Opens the log of a container, by the name of its stream. */
export type OpenLogOf<C> = (container: C, stream: string, signal: AbortSignal) => Promise<OpenLog>;
