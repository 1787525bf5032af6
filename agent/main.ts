import { keepHeapSmall } from "#lib/heap.ts";

// Before the rest is loaded: that alone makes the young generation grow, and it never shrinks again.
keepHeapSmall();
await import("./process.ts");
