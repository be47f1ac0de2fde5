import { readFile } from "node:fs/promises";
import { FusionPlayError } from "../errors.ts";
import { runProgram } from "../programs/run-program.ts";
import { isOlder } from "./bundle-misfit.ts";

/** A library that a program needs, and where it is on this machine. */
export interface SharedLibrary {
  readonly name: string;
  readonly file: string;
}

const LDD_MS = 30_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** The C library with all that belongs to it, which a host must have itself: loader and kernel go with it. */
const OF_LIBC =
  /^(linux-vdso|linux-gate|ld-linux|ld-musl|ld64|libc|libm|libdl|libpthread|librt|libutil|libresolv|libnsl|libanl|libmvec)[.-]/;

/**
 * The libraries that programs and libraries need on this machine, besides those of the C library; each once.
 *
 * @throws {FusionPlayError} `RUNTIME_INVALID` where one is missing, or `ldd` is
 */
export async function sharedLibraries(
  files: readonly string[],
  signal: AbortSignal,
): Promise<readonly SharedLibrary[]> {
  const found = new Map<string, SharedLibrary>();
  for (const file of files) {
    for (const library of parseLdd(await ldd(file, signal))) {
      if (library.file === undefined) throw unusable(file, `its library ${library.name} is not there`);
      found.set(library.name, { name: library.name, file: library.file });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function ldd(file: string, signal: AbortSignal): Promise<string> {
  const options = { workingDirectory: "/", timeoutMs: LDD_MS, maxOutputBytes: MAX_OUTPUT_BYTES, signal };
  const result = await runProgram("ldd", [file], options);
  if (result.type === "ended" && result.exitCode === 0) return Buffer.from(result.output).toString("utf8");
  throw unusable(
    file,
    result.type === "ended" ? `ldd says: ${result.errors.trim()}` : "ldd does not tell what it needs",
  );
}

/** Reads the lines of `ldd`: `libz.so.1 => /lib/libz.so.1 (0x…)`, or `=> not found`. */
export function parseLdd(output: string): { name: string; file: string | undefined }[] {
  return output.split("\n").flatMap((line) => {
    const [, name = "", file] = /^\s*(\S+) => (?:(\/\S.*?) \(0x[0-9a-f]+\)|not found)$/.exec(line) ?? [];
    return name === "" || OF_LIBC.test(name.slice(name.lastIndexOf("/") + 1)) ? [] : [{ name, file }];
  });
}

/** The newest version of glibc that files name among what they need; null where they name none. */
export async function neededGlibc(files: readonly string[]): Promise<string | null> {
  let newest: string | null = null;
  for (const file of files) {
    for (const [, version = ""] of (await readFile(file, "latin1")).matchAll(/GLIBC_(\d+\.\d+)/g)) {
      if (newest === null || isOlder(newest, version)) newest = version;
    }
  }
  return newest;
}

function unusable(file: string, state: string): FusionPlayError {
  return new FusionPlayError(`Cannot make a bundle of "${file}": ${state}`, {
    code: "RUNTIME_INVALID",
    hint: "Make the bundle on a machine where this Erlang runs, and where ldd is installed",
  });
}
