import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { glob } from "../../src/beam/glob.ts";

/** The sources of the fixture applications. */
export const APPLICATIONS: string = join(import.meta.dirname, "../fixtures/apps");

/** In the order in which they are compiled: dependencies before dependents. */
const NAMES = ["units", "weather", "beacon"] as const;

/**
 * Compiles the fixture applications without mix into `folder`, laid out as mix and releases do:
 * `lib/<application>/ebin` and `lib/<application>/priv`. Returns the folder `lib`.
 */
export function compileApplications(folder: string): string {
  const lib = join(folder, "lib");
  for (const name of NAMES) compileApplication(name, lib);
  return lib;
}

function compileApplication(name: string, lib: string): void {
  const source = join(APPLICATIONS, name);
  const ebin = join(lib, name, "ebin");
  const priv = join(lib, name, "priv");
  mkdirSync(ebin, { recursive: true });
  copyFileSync(join(source, `${name}.app`), join(ebin, `${name}.app`));
  if (existsSync(join(source, "priv"))) cpSync(join(source, "priv"), priv, { recursive: true });
  const codePath = glob(`${lib}/*/ebin`).flatMap((path) => ["-pa", path]);
  const erlang = glob(`${source}/src/*.erl`);
  if (erlang.length > 0) execFileSync("erlc", ["+debug_info", ...codePath, "-o", ebin, ...erlang]);
  const elixir = glob(`${source}/lib/**/*.ex`);
  // The NIF is not there yet, and its module is loaded for what uses it only when that is called.
  if (elixir.length > 0) execFileSync("elixirc", [...codePath, "-o", ebin, ...elixir]);
  for (const file of glob(`${source}/c_src/*.c`)) compileNif(file, priv);
}

/** Compiles a NIF from one file of C; `options` are the compiler's. */
export function compileNif(file: string, priv: string, options: readonly string[] = []): string {
  mkdirSync(priv, { recursive: true });
  const library = join(priv, `${file.split("/").at(-1)?.replace(/\.c$/, "")}.so`);
  const shared =
    process.platform === "darwin" ? ["-dynamiclib", "-undefined", "dynamic_lookup"] : ["-shared"];
  const compiler = ["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-I", headerFolder(), ...shared];
  execFileSync("cc", [...compiler, ...options, "-o", library, file]);
  return library;
}

/** Where the installed OTP keeps `erl_nif.h`. */
function headerFolder(): string {
  const script = "io:put_chars(code:root_dir()), halt().";
  const root = execFileSync("erl", ["-noshell", "-boot", "no_dot_erlang", "-eval", script], {
    encoding: "utf8",
  });
  return join(root, "usr", "include");
}
