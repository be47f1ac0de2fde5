import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../src/beam/installation.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let count = 0;

/** Writes files into a new folder, and returns it. */
export function written(files: Readonly<Record<string, string>>): string {
  const path = join(folder, `written-${++count}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/**
 * A folder of programs that note each of their starts, and then start the real ones. One that compiles
 * sources is noted with that, such as `erl compiles`.
 */
export function countingPrograms(): { starts: () => string[]; path: string } {
  const path = written({ starts: "" });
  for (const name of ["erl", "elixir", "erlc", "elixirc"]) {
    const script = [
      "#!/bin/sh",
      `case "${name} $*" in erl*compile:file* | elixir*compile_to_path*) what=" compiles" ;; esac`,
      `echo "${name}$what" >> "${path}/starts"`,
      `exec "${findProgram(name)}" "$@"`,
    ];
    writeFileSync(join(path, name), `${script.join("\n")}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return { path, starts: () => readFileSync(join(path, "starts"), "utf8").trim().split("\n") };
}

/** Runs with another `$PATH`. */
export async function withPath<Result>(path: string, run: () => Promise<Result>): Promise<Result> {
  const own = process.env["PATH"];
  process.env["PATH"] = path;
  try {
    return await run();
  } finally {
    process.env["PATH"] = own;
  }
}
