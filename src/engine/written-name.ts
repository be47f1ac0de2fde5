import type { WrittenName } from "./report.ts";

/** What a step is known by on all hosts, of what tells other things as well. */
export function writtenName({ written_name, written_nth }: WrittenName): WrittenName {
  if (written_name === undefined) return {};
  return written_nth === undefined ? { written_name } : { written_name, written_nth };
}
