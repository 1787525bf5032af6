/** Why a service cannot go on until something changes; `reason` is that of its `Stalled` condition. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}
