import type { SourcePlace } from "./report.ts";

/** Where something stands, as reports say it; nothing of what stands in no file, such as the call of `fusion-play call`. */
export function sourcePlace({ file, line }: SourcePlace): SourcePlace {
  return file === undefined || line === undefined || line === 0 ? {} : { file, line };
}
