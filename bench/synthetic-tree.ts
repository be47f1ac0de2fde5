import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { readChunks, writeChunks } from "../src/beam/iff.ts";

/** Names that the template has in place of itself and of three modules that it calls. */
const PLACEHOLDERS = ["tree_self0", "tree_next1", "tree_next2", "tree_next3"];

/** Some functions as a small module has them, with constants that name modules as well. */
const TEMPLATE = `
-module(tree_self0).
-export([start/1, handle/2, info/0]).
start(N) ->
    tree_next1:start(N), tree_next2:start(N), tree_next3:start(N),
    lists:foldl(fun(X, A) -> X + A end, 0, lists:seq(1, N)).
handle({get, Key}, #{items := Items} = State) -> {reply, proplists:get_value(Key, Items), State};
handle({put, Key, V}, #{items := Items} = State) -> {noreply, State#{items := [{Key, V} | Items]}};
handle(_, State) -> {error, unknown, State}.
info() -> #{name => tree_self0, version => <<"1.0">>, next => [tree_next1, tree_next2, tree_next3]}.
`;

/**
 * Writes `count` modules into a folder: a chain with diamonds, in which module 0 leads to all others.
 * One module is compiled; the others are copies of it with other names.
 */
export function writeSyntheticTree(folder: string, count: number): void {
  const source = join(folder, "tree_self0.erl");
  writeFileSync(source, TEMPLATE);
  execFileSync("erlc", ["+debug_info", "-o", folder, source]);
  const template = readChunks(readFileSync(join(folder, "tree_self0.beam")));
  for (const file of [source, join(folder, "tree_self0.beam")]) rmSync(file);
  for (let index = 0; index < count; index++) {
    const next = [index + 1, index + 2, 2 * index + 1].map((at) => nameOf(at < count ? at : index));
    const names = [nameOf(index), ...next];
    const chunks = new Map(template);
    chunks.set("AtU8", renamed(template.get("AtU8")!, names));
    chunks.set("LitT", renamedLiterals(template.get("LitT")!, names));
    writeFileSync(join(folder, `${nameOf(index)}.beam`), writeChunks(chunks));
  }
}

/** The name of a module of the tree; as long as a placeholder, so that lengths stay right. */
export function nameOf(index: number): string {
  return `tree_${String(index).padStart(5, "0")}`;
}

function renamed(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  const text = PLACEHOLDERS.reduce(
    (all, placeholder, at) => all.replaceAll(placeholder, names[at] ?? placeholder),
    Buffer.from(bytes).toString("latin1"),
  );
  return Buffer.from(text, "latin1");
}

/** OTP 28 and newer leave the table as it is, behind a size of 0. */
function renamedLiterals(chunk: Uint8Array, names: readonly string[]): Uint8Array {
  const isPlain = Buffer.from(chunk).readUInt32BE(0) === 0;
  const table = isPlain ? chunk.subarray(4) : inflateSync(chunk.subarray(4));
  const renamedTable = renamed(table, names);
  return Buffer.concat([chunk.subarray(0, 4), isPlain ? renamedTable : deflateSync(renamedTable)]);
}
