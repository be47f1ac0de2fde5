import type { DecodeLimits } from "../etf/decode.ts";
import { MemoryBudget } from "../etf/memory-budget.ts";

/** Limits for the terms of a chunk, which share what memory they may take. The compiler compresses none of them. */
export function chunkLimits(): DecodeLimits {
  return { maxInflatedBytes: 0, memory: new MemoryBudget() };
}
