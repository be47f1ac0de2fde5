import { SourceMap, type SourceMapPayload } from "node:module";
import { placeOfFrame } from "./file-place.ts";

const INLINE_MAP = /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,([\w+/=]+)\s*$/;

/** How the code that runs here in the place of a TypeScript file leads back to it, by the paths of the files. */
const sourceMaps = new Map<string, SourceMap>();

/** Keeps the source map at the end of transpiled code, for {@linkcode withOriginalPlaces}; gives the code. */
export function keepSourceMap(file: string, code: string): string {
  const [, base64] = INLINE_MAP.exec(code) ?? [];
  if (base64 !== undefined) {
    const payload = JSON.parse(Buffer.from(base64, "base64").toString("utf8")) as SourceMapPayload;
    sourceMaps.set(file, new SourceMap(payload));
  }
  return code;
}

/** A stack trace with the places in TypeScript files as they were written; other places stay as they are. */
export function withOriginalPlaces(stack: string): string {
  return stack
    .split("\n")
    .map((frame) => {
      const place = placeOfFrame(frame);
      // Before the first line of a module stands what makes it a function.
      const map = place === undefined || place.line === 1 ? undefined : sourceMaps.get(place.file);
      if (place === undefined || map === undefined) return frame;
      const origin = map.findEntry(place.line - 1, place.column - 1);
      if (!("originalLine" in origin)) return frame;
      const { originalLine, originalColumn } = origin;
      return frame.replace(/:\d+:\d+(\)?)$/, `:${originalLine + 1}:${originalColumn + 1}$1`);
    })
    .join("\n");
}
