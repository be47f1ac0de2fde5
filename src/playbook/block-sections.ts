/** What of a block are steps. */
export const BLOCK_SECTIONS = ["block", "rescue", "always"] as const;
