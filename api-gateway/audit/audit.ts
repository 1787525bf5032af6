import type { Identity } from "#lib/ecs/arns.ts";
import type { AuditTrail } from "#projector/audit-trail.ts";
import { targetsOf } from "./call-targets.ts";

/** A call as the transport saw it. */
export interface SeenCall {
  readonly at: Date;
  readonly requestId: string;
  readonly api: string;
  readonly operation: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly accessKeyId?: string | undefined;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly result: string;
  readonly status: number;
  readonly latencyMs: number;
}

/** Takes note of a call; returns at once. */
export type Audit = (call: SeenCall) => void;

const READS = /^(Describe|List|Get|Discover|Filter|Lookup|Search|BatchGet|Test)/;

/** Operations that change nothing. */
export function isRead(operation: string): boolean {
  return READS.test(operation);
}

/** Which calls are kept: those that change something, all, or none. */
export function auditOf(kept: "none" | "mutating" | "all", trail: AuditTrail, identity: Identity): Audit | undefined {
  if (kept === "none") return undefined;
  return ({ input, output, ...call }) => {
    const mutating = !isRead(call.operation);
    if (mutating || kept === "all") {
      trail.record({ ...call, mutating, resources: targetsOf(input, output, identity) });
    }
  };
}
