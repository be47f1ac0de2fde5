import { open } from "node:fs/promises";
import { FusionPlayError } from "../errors.ts";
import { quote } from "./quote.ts";
import type { SourceFile } from "./source-file.ts";
import { unreadable, unreadablePath } from "./unreadable-path.ts";

/** Far more than a person writes; keeps a wrong path from filling the memory. */
const MAX_BYTES = 8 * 1024 * 1024;

export interface ReadOptions {
  /**
   * Size of the largest file that is read.
   *
   * @default 8 MiB
   */
  readonly maxBytes?: number;
}

/**
 * Reads a text file.
 *
 * @param name what messages call it
 * @throws {FusionPlayError} `FILE_UNREADABLE`: missing, no file, too large, not UTF-8
 */
export async function readSourceFile(
  path: string,
  name: string = path,
  options: ReadOptions = {},
): Promise<SourceFile> {
  return { path: name, text: decodeText(await readSourceBytes(path, name, options), name) };
}

/**
 * Gives the text that the bytes of a file are.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`: not UTF-8
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FusionPlayError(`Cannot read ${quote(name)}: it is not UTF-8 text`, {
      code: "FILE_UNREADABLE",
      hint: "Save the file as UTF-8, or check that this is the file you mean",
      cause,
    });
  }
}

/**
 * Reads a file that need not be text.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`: missing, no file, too large
 */
export async function readSourceBytes(
  path: string,
  name: string = path,
  { maxBytes = MAX_BYTES }: ReadOptions = {},
): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const stat = await handle.stat();
      if (stat.isDirectory()) throw unreadable(name, "it is a folder", "Name a file in it");
      // A pipe tells no size beforehand, so the limit is on what is read.
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of handle.createReadStream({ autoClose: false, end: maxBytes })) {
        chunks.push(chunk as Uint8Array);
        size += (chunk as Uint8Array).byteLength;
      }
      if (size > maxBytes) {
        throw unreadable(
          name,
          `it is larger than ${maxBytes / 1024 / 1024} MiB`,
          "Check that this is the file you mean",
        );
      }
      return Buffer.concat(chunks, size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof FusionPlayError) throw error;
    throw await unreadablePath({ path, name }, error as NodeJS.ErrnoException);
  }
}
