import { readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Compilation } from "./compile-cache.ts";
import { runCompiler, type SourcesToCompile } from "./compiler.ts";

/**
 * Does what `erlc` does, and notes which files the sources include. A compiler that is to be deterministic does not
 * tell in which folders those are.
 */
const PROGRAM = String.raw`
    Values = fun(Flag) -> {ok, [Found]} = init:get_argument(Flag), Found end,
    [[Output], [Note], Folders, Sources] = lists:map(Values, [output, note, folders, sources]),
    FormsOf = fun(Source) ->
        case epp:parse_file(Source, [{includes, [".", filename:dirname(Source) | Folders]}]) of
            {ok, Forms} -> Forms;
            {error, _} -> []
        end
    end,
    Read = [File || Source <- Sources, {attribute, _, file, {File, _}} <- FormsOf(Source)],
    Encoding = file:native_name_encoding(),
    Names = [unicode:characters_to_binary(File, Encoding, Encoding) || File <- lists:usort(Read) -- Sources],
    case file:write_file(Note, lists:join(0, Names)) of
        ok -> ok;
        {error, Reason} -> io:format("~ts: ~ts~n", [Note, file:format_error(Reason)]), halt(1)
    end,
    Options = [report, deterministic, {outdir, Output} | [{i, Folder} || Folder <- Folders]],
    IsDone = lists:all(fun(Source) -> compile:file(Source, Options) =/= error end, Sources),
    halt(case IsDone of true -> 0; false -> 1 end).
`;

/** Compiles sources in Erlang, which may include headers beside them and in the folder `include` beside theirs. */
export async function compileErlang({
  compiler,
  sources,
  subject,
  base,
  codePath,
  folder,
  signal,
}: SourcesToCompile): Promise<Compilation> {
  // Beside the modules, so that an error which names it is one of the cache folder.
  const note = join(folder, "included");
  const sourceFolders = Array.from(new Set(sources.map((source) => dirname(source))));
  const includes = sourceFolders.flatMap((path) => [path, join(path, "..", "include")]);
  // Names relative to `base`, so that stack traces on hosts do not show folders of this machine.
  const inBase = (path: string): string => `.${sep}${relative(base, path)}`;
  const flags = {
    output: [folder],
    note: [note],
    folders: includes.map(inBase),
    sources: sources.map(inBase),
  };
  const args = [
    "-noinput",
    "-boot",
    "no_dot_erlang",
    ...codePath.flatMap((path) => ["-pa", path]),
    "-eval",
    PROGRAM,
    ...Object.entries(flags).flatMap(([flag, values]) => [`-${flag}`, ...values]),
  ];
  const warnings = await runCompiler({ program: compiler.evaluator }, { args, subject, cwd: base, signal });
  const included = readFileSync(note, "utf8").split("\0");
  rmSync(note);
  return { warnings, dependencies: included.filter((name) => name !== "") };
}
