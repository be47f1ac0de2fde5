import type { DocumentNode } from "../documents/node.ts";
import type { Purge } from "./play-host.ts";
import { textAt } from "./step-context.ts";

/** Reads the key `purge` of a step that ships code. */
export function readPurge(step: DocumentNode): Purge {
  return textAt(step, "purge") === "hard" ? "hard" : "soft";
}
