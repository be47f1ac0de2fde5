import { SourceMap, type SourceMapPayload } from "node:module";
import { placeOfFrame } from "./file-place.ts";

const INLINE_MAP = /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,([\w+/=]+)\s*$/;

/** What jiti makes a function of a module with, before the first character of its code. */
const HEAD = "(function (exports, require, module, __filename, __dirname, jitiImport, jitiESMResolve) { ";
const ASYNC_HEAD = HEAD.replace("(", "(async ");

/** How the code that runs here in the place of a TypeScript file leads back to it. */
interface Transpiled {
  readonly map: SourceMap;
  /** What stands before it in its first line. */
  readonly head: string;
}

/** By the paths of the files. */
const transpiled = new Map<string, Transpiled>();

/**
 * Keeps the source map at the end of transpiled code, for {@linkcode withOriginalPlaces}; gives the code.
 *
 * @param isAsync whether the function that jiti makes of the module is
 */
export function keepSourceMap(file: string, code: string, isAsync: boolean): string {
  const [, base64] = INLINE_MAP.exec(code) ?? [];
  if (base64 !== undefined) {
    const payload = JSON.parse(Buffer.from(base64, "base64").toString("utf8")) as SourceMapPayload;
    transpiled.set(file, { map: new SourceMap(payload), head: isAsync ? ASYNC_HEAD : HEAD });
  }
  return code;
}

/** A message with the names of imported functions as they were written: `fetch` for `(0 , _web.fetch)`. */
export function withOriginalNames(message: string): string {
  return message.replace(/\(0 , _\w+\.([\w$]+)\)/g, "$1");
}

/**
 * A stack trace with the places in TypeScript files, and the names of what they import, as they were written; other
 * places stay as they are.
 */
export function withOriginalPlaces(stack: string): string {
  return withOriginalNames(stack)
    .split("\n")
    .map((frame) => {
      const place = placeOfFrame(frame);
      const code = place && transpiled.get(place.file);
      if (place === undefined || code === undefined) return frame;
      const { map, head } = code;
      const before = place.line === 1 ? head.length : 0;
      const origin = map.findEntry(place.line - 1, place.column - 1 - before);
      if (!("originalLine" in origin)) return frame;
      const { originalLine, originalColumn } = origin;
      return frame.replace(/:\d+:\d+(\)?)$/, `:${originalLine + 1}:${originalColumn + 1}$1`);
    })
    .join("\n");
}
