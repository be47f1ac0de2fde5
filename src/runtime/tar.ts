/** A file or a folder in an archive. */
export interface TarEntry {
  /** Below the top of the archive, with `/` between its parts; that of a folder has none at its end. */
  readonly path: string;
  /** Undefined for a folder. */
  readonly content: Uint8Array | undefined;
  /** Permissions, such as `0o644`. */
  readonly mode: number;
}

const BLOCK_BYTES = 512;
/** One time for all files, so that the same files give the same archive: 2000-01-01. */
const MODIFIED_SECONDS = 946_684_800;
const MAX_PATH_BYTES = 100;

/**
 * Writes an archive that every `tar` reads: of root, all with the same time, in the order given.
 *
 * @throws {RangeError} a path has more than 100 bytes
 */
export function writeTar(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap((entry) => {
    const content = entry.content ?? new Uint8Array();
    const padding = new Uint8Array((BLOCK_BYTES - (content.byteLength % BLOCK_BYTES)) % BLOCK_BYTES);
    return [headerOf(entry), content, padding];
  });
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK_BYTES)]);
}

/**
 * Writes the header of an entry.
 *
 *     100    8      8     8     12     12      8          1       100        6       2         265
 *     Path | Mode | Uid | Gid | Size | Mtime | Checksum | Type | LinkName | Magic | Version | …
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
function headerOf({ path, content, mode }: TarEntry): Uint8Array {
  const name = content === undefined ? `${path}/` : path;
  if (Buffer.byteLength(name) > MAX_PATH_BYTES) throw new RangeError(`The path "${name}" is too long`);
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, position: number, bytes: number): void => {
    header.write(value.toString(8).padStart(bytes - 1, "0"), position, "latin1");
  };
  header.write(name, 0, "utf8");
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content?.byteLength ?? 0, 124, 12);
  octal(MODIFIED_SECONDS, 136, 12);
  header.write("        ", 148, "latin1"); // counts as spaces in its own sum
  header.write(content === undefined ? "5" : "0", 156, "latin1");
  header.write("ustar\u000000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148, "latin1");
  return header;
}

/**
 * Reads the first file of an archive; `undefined` where these bytes do not begin with one, or it does not
 * end within them.
 */
export function firstFile(archive: Uint8Array): { path: string; content: Uint8Array } | undefined {
  if (archive.byteLength < BLOCK_BYTES) return undefined;
  const header = Buffer.from(archive.subarray(0, BLOCK_BYTES));
  if (header.toString("latin1", 257, 262) !== "ustar") return undefined;
  const path = header.toString("utf8", 0, MAX_PATH_BYTES).replace(/\0.*$/s, "");
  const size = Number.parseInt(header.toString("latin1", 124, 136), 8);
  const content = archive.subarray(BLOCK_BYTES, BLOCK_BYTES + size);
  return content.byteLength === size ? { path, content } : undefined;
}
