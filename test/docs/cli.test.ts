import type { Command, Option } from "commander";
import { expect, test } from "vitest";
import { flagsOf, programForDocuments } from "./commands.ts";
import { codeBlocks, DOCUMENTS, inlineCode, readDocument, sectionOf, tableRows } from "./markdown.ts";

const text = readDocument("docs/cli.md");
const program = await programForDocuments();
const names = program.commands.map((command) => command.name());

test("docs/cli.md has a section for every command", () => {
  const headings = [...text.matchAll(/^## (\w+)$/gm)].map(([, heading = ""]) => heading);
  expect(headings).toEqual(expect.arrayContaining(names));
});

test("docs/cli.md lists every command at its beginning", () => {
  const lines = codeBlocks(text)[0]?.source.split("\n") ?? [];
  const listed = lines.flatMap((line) => /^fusion-play ([a-z]+)/.exec(line)?.[1] ?? []);
  expect(["run", ...listed].toSorted()).toEqual(names.toSorted());
});

test.each(names)("docs/cli.md names the options that %s has, and no others", (name) => {
  const section = sectionOf(text, `## ${name}`);
  expect(flagsNamedIn(section).toSorted()).toEqual(flagsOf(commandOf(name)).toSorted());
});

test("docs/cli.md tells the default of every option of run", () => {
  const rows = tableRows(sectionOf(text, "## run"));
  for (const option of commandOf("run").options) {
    const row = rows.find(([first = ""]) =>
      inlineCode(first).some((code) => code.startsWith(option.long ?? "?")),
    );
    const expected = defaultOf(option);
    if (expected !== undefined) expect(row?.[1], option.long).toContain(expected);
  }
});

test.each(DOCUMENTS)("the commands in the text of %s, and their options, exist", (document) => {
  const commands = inlineCode(readDocument(document)).filter((code) =>
    /^(?:npx )?fusion-play [a-z]/.test(code),
  );
  const known = new Set(["run", ...names].flatMap((name) => flagsOf(commandOf(name))));
  for (const code of commands) {
    const [, word = ""] = /fusion-play (\S+)/.exec(code) ?? [];
    if (!/[.<…]/.test(word)) expect(names, code).toContain(word);
    expect(
      (code.match(/(?<=\s)--?[a-zA-Z][a-z-]*/g) ?? []).filter((flag) => !known.has(flag)),
      code,
    ).toEqual([]);
  }
});

test("docs/cli.md lists every type of event that ndjson writes", () => {
  const types = tableRows(sectionOf(text, "### ndjson")).map(([type = ""]) => type.replaceAll("`", ""));
  const schema = readDocument("schemas/event.schema.json");
  const known = [...schema.matchAll(/"const": "([a-z]+_[a-z]+)"/g)].map(([, type = ""]) => type);
  expect(types.toSorted()).toEqual([...new Set(known)].toSorted());
});

function commandOf(name: string): Command {
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (command === undefined) throw new Error(`There is no command ${name}`);
  return command;
}

/** Flags in backticks: `-i`, or `--inventory <source>`. */
function flagsNamedIn(section: string): string[] {
  const flags = inlineCode(section).flatMap(
    (code) => /^--?[a-zA-Z][a-z-]*(?:=[a-z]+)?(?= <|$)/.exec(code)?.[0] ?? [],
  );
  return [...new Set(flags)];
}

function defaultOf({ defaultValue, defaultValueDescription }: Option): string | undefined {
  if (defaultValueDescription !== undefined)
    return defaultValueDescription === "0" ? undefined : defaultValueDescription;
  return typeof defaultValue === "string" || typeof defaultValue === "number"
    ? String(defaultValue)
    : undefined;
}
