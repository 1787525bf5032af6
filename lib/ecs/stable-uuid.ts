import { createHash } from "node:crypto";

/** A UUID made from `facts`: the id of something that is found again after a restart, or by another reader. */
export function stableUuid(...facts: readonly string[]): string {
  const hex = createHash("sha256").update(facts.join("\n")).digest("hex");
  // Version 8 (own scheme) and variant bits, RFC 9562.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
