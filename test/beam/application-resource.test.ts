import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseApplicationResource } from "../../src/beam/application-resource.ts";
import { findElixir, findErlang } from "../../src/beam/installation.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { termsEqual } from "../../src/etf/equal.ts";
import type { Term } from "../../src/etf/term.ts";
import { temporaryCache } from "./temporary-folder.ts";

temporaryCache();

/** What OTP reads from the `.app` files that are installed: path and term. */
async function consulted(): Promise<[path: string, term: Term][]> {
  const signal = AbortSignal.timeout(60_000);
  const folders = [await findErlang(signal), await findElixir(signal)].map((found) => found?.libraryFolder);
  const script = `
    [begin
       {ok, [Term | _]} = file:consult(File),
       io:format("~ts ~ts~n", [File, base64:encode(term_to_binary(Term))])
     end || Folder <- ${JSON.stringify(folders)}, File <- filelib:wildcard(Folder ++ "/*/ebin/*.app")],
    halt().`;
  const output = execFileSync("erl", ["-noshell", "-boot", "no_dot_erlang", "-eval", script], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return output
    .trim()
    .split("\n")
    .map((line) => {
      const [path = "", encoded = ""] = line.split(" ");
      return [path, decodeTerm(Buffer.from(encoded, "base64"))];
    });
}

test("parseApplicationResource() reads all files of Erlang and Elixir as OTP does", async () => {
  const files = await consulted();
  expect(files.length).toBeGreaterThan(5);
  for (const [path, term] of files) {
    const resource = parseApplicationResource(readFileSync(path, "utf8"));
    if (typeof resource === "string") throw new Error(`${path}: ${resource}`);
    expect(termsEqual(resource.term, term), path).toBe(true);
    expect(path).toContain(`/${resource.name}.app`);
    expect(resource.version).toMatch(/^\d/);
  }
});

test("parseApplicationResource() gives the lists that matter, and nothing where they are left out", () => {
  const text = `
    %% A comment
    {application, my_app,
     [{vsn, "1.0" "-rc1"}, {modules, [my_app, 'Elixir.MyApp']},
      {applications, [kernel, maybe_there]}, {optional_applications, [maybe_there]},
      {included_applications, [inside]}, {env, [{key, #{<<"a">> => $b}}]}]}.
    {ignored}. `;
  expect(parseApplicationResource(text)).toMatchObject({
    name: "my_app",
    version: "1.0-rc1",
    modules: ["my_app", "Elixir.MyApp"],
    applications: ["kernel", "maybe_there"],
    optional: ["maybe_there"],
    included: ["inside"],
  });
  expect(parseApplicationResource("{application, bare, []}.")).toMatchObject({
    name: "bare",
    version: "",
    modules: [],
    applications: [],
    optional: [],
    included: [],
  });
});

test.each([
  ["{application, my_app, []", /^line 1: Cannot read the term: "\{" is not closed/],
  ["{application, my_app, []}", /^line 1: .*it ends where "\." should follow/],
  ["\n\n{application, my_app,\n  [{vsn, Version}]}.", /^line 4: .*the variable Version/],
  ["{application, my_app}.", /^it is not \{application, Name, Properties\}$/],
  ["[].", /^it is not \{application/],
  ["{application, my_app, [{modules, all}]}.", /^modules is no list$/],
  ['{application, my_app, [{applications, ["kernel"]}]}.', /^applications holds something else than atoms$/],
  ["{application, my_app, [{vsn, git}]}.", /^vsn is no string$/],
])("parseApplicationResource() says what is wrong with %j", (text, expected) => {
  expect(parseApplicationResource(text)).toMatch(expected);
});
