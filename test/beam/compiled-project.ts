import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { glob } from "../../src/beam/glob.ts";

/** The sources of the fixture project. */
export const PROJECT: string = join(import.meta.dirname, "../fixtures/beam/project");

/** Compiles the fixture project with `erlc` and `elixirc` into `folder`/ebin, and returns that. */
export function compileProject(folder: string, erlcOptions: readonly string[] = []): string {
  const ebin = join(folder, "ebin");
  mkdirSync(ebin, { recursive: true });
  execFileSync("erlc", [
    ...erlcOptions,
    "+debug_info",
    "-pa",
    ebin,
    "-o",
    ebin,
    ...glob(`${PROJECT}/src/*.erl`),
  ]);
  execFileSync("elixirc", ["-pa", ebin, "-o", ebin, ...glob(`${PROJECT}/lib/*.ex`)]);
  return ebin;
}

/** Consolidates the protocols of `ebin` and Elixir, as `mix` does, into a folder `consolidated` beside it. */
export function consolidateProtocols(ebin: string): string {
  const consolidated = join(ebin, "..", "consolidated");
  mkdirSync(consolidated, { recursive: true });
  const script = `
    [ebin, target] = System.argv()
    paths = [ebin | Path.wildcard(Path.join(:code.lib_dir(:elixir), "../*/ebin"))]
    for protocol <- Protocol.extract_protocols(paths) do
      {:ok, binary} = Protocol.consolidate(protocol, Protocol.extract_impls(protocol, paths))
      File.write!(Path.join(target, "#{protocol}.beam"), binary)
    end
  `;
  execFileSync("elixir", ["-pa", ebin, "-e", script, ebin, consolidated]);
  return consolidated;
}

/** Compiles one Erlang module from its text into `folder`, and returns the file. */
export function compileErlang(
  { folder, module, text }: { folder: string; module: string; text: string },
  options: readonly string[] = [],
): string {
  const source = join(folder, `${module}.erl`);
  writeFileSync(source, text);
  execFileSync("erlc", [...options, "-o", folder, source]);
  return join(folder, `${module}.beam`);
}

/** Compiles Elixir from its text into `folder`, and returns the files, one for each module. */
export function compileElixir(folder: string, text: string): string[] {
  const work = mkdtempSync(join(folder, "elixir-"));
  writeFileSync(join(work, "code.ex"), text);
  execFileSync("elixirc", ["--ignore-module-conflict", "-o", work, join(work, "code.ex")], { stdio: "pipe" });
  return glob(`${work}/*.beam`);
}
