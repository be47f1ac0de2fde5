import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FusionPlayError } from "../errors.ts";
import type { BinaryTarget, ShippedApplication, ShippedFile } from "../engine/shipped-application.ts";
import { readBinaryTarget } from "./binary-target.ts";

/** What an application has besides its modules. */
export type ApplicationFiles = Pick<ShippedApplication, "files" | "folders">;

const NOTHING: ApplicationFiles = { files: [], folders: [] };

/**
 * Lists what is in the `priv` of an application, with links followed: mix makes `priv` one. Where
 * there is something, the `.app` file belongs to it, so that the folder on the host is whole.
 *
 * @param resource path of the `.app` file, in `ebin`
 * @throws {FusionPlayError} `FILE_UNREADABLE` for what is no file or folder, and for links that lead
 *   nowhere or in circles
 */
export async function applicationFiles(resource: string): Promise<ApplicationFiles> {
  const root = dirname(dirname(resource));
  const found: Found = { files: [], folders: [] };
  await walk({ root, path: "priv", within: [] }, found);
  if (found.folders.length === 0) return NOTHING;
  const name = resource.slice(dirname(resource).length + 1);
  const paths = [{ path: `ebin/${name}`, file: resource }, ...found.files.sort(byPath)];
  const files: ShippedFile[] = [];
  for (const { path, file } of paths) files.push(await describe(path, file));
  return { files, folders: ["ebin", ...found.folders] };
}

interface Found {
  readonly files: { readonly path: string; readonly file: string }[];
  readonly folders: string[];
}

interface Place {
  /** The folder of the application. */
  readonly root: string;
  readonly path: string;
  /** The real paths of the folders that it is in. */
  readonly within: readonly string[];
}

async function walk({ root, path, within }: Place, found: Found): Promise<void> {
  const file = join(root, path);
  const isTop = within.length === 0;
  let real: string;
  try {
    real = await realpath(file);
  } catch (cause) {
    if (isTop) return; // most applications have none
    throw unreadable(file, "it is a link that leads nowhere", cause);
  }
  const stats = await stat(real);
  if (stats.isFile() && !isTop) {
    found.files.push({ path, file: real });
  } else if (stats.isDirectory()) {
    if (within.includes(real)) throw unreadable(file, "it is a link to a folder that it is in");
    found.folders.push(path);
    const names = await readdir(real).catch((cause: unknown) => {
      throw unreadable(file, "it cannot be read", cause);
    });
    for (const name of names.sort()) {
      await walk({ root, path: `${path}/${name}`, within: [...within, real] }, found);
    }
  } else {
    throw unreadable(file, "it is neither a file nor a folder");
  }
}

async function describe(path: string, file: string): Promise<ShippedFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (cause) {
    throw unreadable(file, "it cannot be read", cause);
  }
  const { mode } = await stat(file);
  return {
    path,
    file,
    bytes,
    sha256: hash.digest("hex"),
    executable: (mode & 0o100) !== 0,
    target: LIBRARY.test(path) ? targetOf(file) : undefined,
  };
}

/** Erlang looks for `.so` on macOS, too. */
const LIBRARY = /\.(so|dylib)(\.\d+)*$/;

function targetOf(file: string): BinaryTarget | undefined {
  const opened = openSync(file, "r");
  try {
    return readBinaryTarget((position, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(opened, bytes, 0, length, position));
    });
  } finally {
    closeSync(opened);
  }
}

function byPath(one: { path: string }, other: { path: string }): number {
  return one.path < other.path ? -1 : 1;
}

function unreadable(file: string, state: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot ship "${file}": ${state}`, {
    code: "FILE_UNREADABLE",
    hint: "Remove it from priv, or build the application again",
    cause,
  });
}
