import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { moduleMd5 } from "../../src/beam/module-md5.ts";
import { decodeLiterals } from "../../src/beam/literals.ts";
import { parseBeam, type BeamFile } from "../../src/beam/parse-beam.ts";
import { providedModules } from "../../src/beam/provided-modules.ts";
import { stripBeam } from "../../src/beam/strip-beam.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { Atom, Tuple, type Term } from "../../src/etf/term.ts";
import { compileErlang, compileProject } from "./compiled-project.ts";
import { temporaryCache, temporaryFolder } from "./temporary-folder.ts";

temporaryCache();
const folder = temporaryFolder();

/** A module as the parser sees it, beside what OTP says of it. */
interface Compared {
  readonly file: string;
  readonly beam: BeamFile;
  readonly otp: {
    readonly module: string;
    readonly md5: string;
    readonly strippedMd5: string;
    readonly hasOnLoad: boolean;
    readonly chunks: readonly Term[];
  };
}

let compared: readonly Compared[] = [];

beforeAll(async () => {
  const { files } = await providedModules(AbortSignal.timeout(30_000));
  const ebin = compileProject(folder);
  const featured = compileErlang({
    folder,
    module: "featured",
    text: "-module(featured).\n-feature(maybe_expr, enable).\n-export([a/1]).\na(X) -> maybe ok ?= X end.\n",
  });
  const own = execFileSync("find", [ebin, "-name", "*.beam"], { encoding: "utf8" }).trim().split("\n");
  compared = compare([...files.values(), ...own, featured]);
});

function compare(files: readonly string[]): readonly Compared[] {
  const beams = files.map((file) => parseBeam(readFileSync(file)));
  const stripped = join(folder, "stripped");
  mkdirSync(stripped);
  const pairs = files.map((file, index) => {
    const copy = join(stripped, `${index}.beam`);
    writeFileSync(copy, stripBeam(beams[index]?.chunks ?? new Map()));
    return `${file}\t${copy}`;
  });
  const list = join(folder, "list");
  writeFileSync(list, pairs.join("\n"));
  const script = join(import.meta.dirname, "../fixtures/beam/facts.escript");
  execFileSync("escript", [script, list, join(folder, "facts")]);
  const facts = listOf(decodeTerm(readFileSync(join(folder, "facts"))));
  return files.map((file, index) => {
    const beam = beams[index];
    const fact = facts[index];
    if (beam === undefined || fact === undefined) throw new Error(`OTP said nothing of ${file}`);
    const [module, md5, strippedMd5, hasOnLoad, chunks] = elementsOf(fact);
    return {
      file,
      beam,
      otp: {
        module: nameOf(module),
        md5: hexOf(md5),
        strippedMd5: hexOf(strippedMd5),
        hasOnLoad: nameOf(hasOnLoad) === "true",
        chunks: listOf(chunks),
      },
    };
  });
}

test("parseBeam() reads names, functions and imports as beam_lib does, on every module of Erlang and Elixir", () => {
  expect(compared.length).toBeGreaterThan(500);
  for (const { file, beam, otp } of compared) {
    const [atoms, exports, imports, locals] = otp.chunks.map(listOf);
    expect(beam.module, file).toBe(otp.module);
    expect(beam.atoms, file).toEqual(atoms?.map((pair) => nameOf(elementsOf(pair)[1])));
    expect(sorted(beam.exports.map(({ name, arity }) => `${name}/${arity}`)), file).toEqual(
      sorted(exports?.map(functionOf)),
    );
    expect(
      sorted(beam.imports.map((called) => `${called.module}:${called.name}/${called.arity}`)),
      file,
    ).toEqual(sorted(imports?.map(importOf)));
    expect(sorted(beam.locals.map(({ name, arity }) => `${name}/${arity}`)), file).toEqual(
      sorted(locals?.map(functionOf)),
    );
  }
});

test("parseBeam() reads attributes and compile info as beam_lib does", () => {
  for (const { file, beam, otp } of compared) {
    const attributes = listOf(otp.chunks[4]).map((pair) => {
      const [name, values] = elementsOf(pair);
      return [nameOf(name), listOf(values)] as const;
    });
    expect(new Map(beam.attributes), file).toEqual(new Map(attributes));
    const version = listOf(otp.chunks[5])
      .map(elementsOf)
      .find(([name]) => nameOf(name) === "version")?.[1];
    expect(beam.compilerInfo.version, file).toBe(String.fromCodePoint(...(listOf(version) as number[])));
  }
});

test("parseBeam() tells on which modules an on_load function runs", () => {
  const withOnLoad = compared.filter(({ beam }) => beam.hasOnLoad).map(({ file }) => file);
  expect(withOnLoad).toEqual(compared.filter(({ otp }) => otp.hasOnLoad).map(({ file }) => file));
  expect(withOnLoad.some((file) => file.endsWith("fixture_on_load.beam"))).toBe(true);
  expect(withOnLoad.some((file) => file.endsWith("fixture_byte_149.beam"))).toBe(false);
});

test("parseBeam() asks for no newer release than the one whose compiler made the file", () => {
  const own = Number(execFileSync("erl", ["-noshell", "-eval", RELEASE], { encoding: "utf8" }));
  for (const { file, beam } of compared) {
    expect(beam.compiledBy, file).toBeLessThanOrEqual(own);
    expect(beam.minimumOtp ?? 0, file).toBeLessThanOrEqual(beam.compiledBy ?? 0);
  }
  expect(compared.filter(({ beam }) => beam.compiledBy === own).length).toBeGreaterThan(0);
});

const RELEASE = "io:format(erlang:system_info(otp_release)), halt().";

test("moduleMd5() gives what beam_lib gives, before and after stripBeam()", () => {
  for (const { file, beam, otp } of compared) {
    expect(moduleMd5(beam.chunks), file).toBe(otp.md5);
    expect(otp.strippedMd5, file).toBe(otp.md5);
  }
});

test("moduleMd5() gives what each module says of itself once it is loaded, on all of Erlang and Elixir", () => {
  const list = join(folder, "all");
  writeFileSync(list, compared.map(({ file }) => file).join("\n"));
  const script = join(import.meta.dirname, "../fixtures/beam/loaded.escript");
  execFileSync("escript", [script, list, join(folder, "loaded")]);
  const said = listOf(decodeTerm(readFileSync(join(folder, "loaded"))));
  expect(said).toHaveLength(compared.length);
  const preloaded: string[] = [];
  for (const [index, { file, beam }] of compared.entries()) {
    const md5 = said[index];
    // The emulator brings these along, in a build of its own: no file has the code that runs.
    if (md5 instanceof Atom) preloaded.push(beam.module);
    else expect(hexOf(md5), file).toBe(moduleMd5(beam.chunks));
  }
  const known = execFileSync("erl", ["-noshell", "-eval", PRELOADED], { encoding: "utf8" });
  expect(known.match(/\w+/g)).toEqual(expect.arrayContaining(preloaded));
});

const PRELOADED = 'io:format("~0p", [erlang:pre_loaded()]), halt().';

test("stripBeam() drops documentation and debug information, and keeps lines and attributes", () => {
  // That the copy loads was checked by OTP when it was prepared.
  const { beam, file } = compared.find(({ file: path }) => path.endsWith("Elixir.Enum.beam")) ?? compared[0]!;
  expect(Array.from(beam.chunks.keys())).toEqual(expect.arrayContaining(["Docs", "Dbgi", "CInf", "LocT"]));
  const stripped = stripBeam(beam.chunks);
  expect(stripped.length).toBeLessThan(statSync(file).size / 2);
  const kept = Array.from(parseBeam(stripped).chunks.keys());
  expect(kept).toEqual(expect.arrayContaining(["AtU8", "Attr", "Code", "Line", "LitT"]));
  for (const name of ["Docs", "Dbgi", "CInf", "LocT", "ExCk"]) expect(kept).not.toContain(name);
});

test("decodeLiterals() reads the literals of every module", () => {
  const counts = compared.map(({ beam }) => {
    const chunk = beam.chunks.get("LitT");
    return chunk === undefined ? 0 : decodeLiterals(chunk).length;
  });
  expect(Math.max(...counts)).toBeGreaterThan(100);
});

function elementsOf(term: Term | undefined): readonly Term[] {
  if (!(term instanceof Tuple)) throw new Error("no tuple");
  return term.elements;
}

function listOf(term: Term | undefined): readonly Term[] {
  if (!Array.isArray(term)) throw new Error("no list");
  return term as readonly Term[];
}

function nameOf(term: Term | undefined): string {
  if (!(term instanceof Atom)) throw new Error("no atom");
  return term.name;
}

function numberOf(term: Term | undefined): number {
  if (typeof term !== "number") throw new Error("no number");
  return term;
}

function hexOf(term: Term | undefined): string {
  if (!(term instanceof Uint8Array)) throw new Error("no binary");
  return Buffer.from(term).toString("hex");
}

function functionOf(term: Term): string {
  const [name, arity] = elementsOf(term);
  return `${nameOf(name)}/${numberOf(arity)}`;
}

function importOf(term: Term): string {
  const [module, name, arity] = elementsOf(term);
  return `${nameOf(module)}:${nameOf(name)}/${numberOf(arity)}`;
}

function sorted(texts: readonly string[] = []): string[] {
  return Array.from(texts).sort();
}
