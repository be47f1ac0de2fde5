import { readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Compilation } from "./compile-cache.ts";
import { runCompiler, type SourcesToCompile } from "./compiler.ts";

/**
 * Does what `erlc` does, in an order in which parse transforms and behaviours come before what uses them, and notes
 * which files the sources include. A compiler that is to be deterministic does not tell in which folders those are.
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
    Parsed = maps:from_list([{Source, FormsOf(Source)} || Source <- Sources]),
    Read = [File || Forms <- maps:values(Parsed), {attribute, _, file, {File, _}} <- Forms],
    Encoding = file:native_name_encoding(),
    Names = [unicode:characters_to_binary(File, Encoding, Encoding) || File <- lists:usort(Read) -- Sources],
    case file:write_file(Note, lists:join(0, Names)) of
        ok -> ok;
        {error, Reason} -> io:format("~ts: ~ts~n", [Note, file:format_error(Reason)]), halt(1)
    end,
    %% What the compiler itself uses of other sources has to be there before: they are compiled first.
    IsTransform = fun(Kind) -> lists:member(Kind, [parse_transform, core_transform]) end,
    UsedBy = fun({attribute, _, compile, Options}) -> [Used || {Kind, Used} <- lists:flatten([Options]), IsTransform(Kind)];
                ({attribute, _, behaviour, Used}) -> [Used];
                ({attribute, _, behavior, Used}) -> [Used];
                (_) -> []
    end,
    Named = maps:from_list([{list_to_atom(filename:basename(Source, ".erl")), Source} || Source <- Sources]),
    NeededBy = fun(Source) -> maps:values(maps:with(lists:flatmap(UsedBy, maps:get(Source, Parsed)), Named)) end,
    Visit = fun Visit(Source, {Seen, Ordered}) ->
        case lists:member(Source, Seen) of
            true -> {Seen, Ordered};
            false ->
                {AllSeen, Before} = lists:foldl(Visit, {[Source | Seen], Ordered}, NeededBy(Source)),
                {AllSeen, [Source | Before]}
        end
    end,
    {_, Last} = lists:foldl(Visit, {[], []}, Sources),
    Options = [report, deterministic, {outdir, Output} | [{i, Folder} || Folder <- Folders]],
    IsDone = lists:all(fun(Source) -> compile:file(Source, Options) =/= error end, lists:reverse(Last)),
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
