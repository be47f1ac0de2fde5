import { expect, test } from "vitest";
import { DFLAG, OFFERED_FLAGS, REQUIRED_FLAGS } from "../../src/dist/flags.ts";
import { TAG } from "../../src/etf/tags.ts";
import { readDocument, sectionOf, tableRows } from "./markdown.ts";

const text = readDocument("docs/protocol.md");

test("docs/protocol.md lists the flags with their values, and which are offered and required", () => {
  const rows = tableRows(sectionOf(text, "### Flags")).map((row) => row.slice(0, 4));
  const yesOrNo = (flags: bigint, flag: bigint): string => ((flags & flag) === 0n ? "no" : "yes");
  expect(rows).toEqual(
    Object.entries(DFLAG).map(([name, flag]) => [
      `\`${name}\``,
      `\`0x${flag.toString(16)}\``,
      yesOrNo(OFFERED_FLAGS, flag),
      yesOrNo(REQUIRED_FLAGS, flag),
    ]),
  );
  expect(text).toContain(`We offer \`0x${OFFERED_FLAGS.toString(16)}\``);
});

test("docs/protocol.md lists the tags of terms with their numbers", () => {
  const rows = tableRows(sectionOf(text, "## External term format")).map((row) => row.slice(0, 2));
  expect(rows).toEqual(Object.entries(TAG).map(([name, number]) => [`\`${name}\``, String(number)]));
});

test("docs/protocol.md lists the operations that are understood, with their numbers", () => {
  const source = /const OPERATION = \{(.*?)\}/s.exec(readDocument("src/dist/control-message.ts"))?.[1] ?? "";
  const operations = [...source.matchAll(/(\w+): (\d+)/g)].map(([, name, number]) => `${name} ${number}`);
  const named = [
    ...sectionOf(text, "## Messages between connected nodes").matchAll(/`([A-Z0-9_]+)` \((\d+)\)/g),
  ].map(([, name, number]) => `${name} ${number}`);
  expect(named.toSorted()).toEqual(operations.toSorted());
});

test("docs/protocol.md lists the messages of EPMD, with their numbers", () => {
  const source = /const TAG = \{(.*?)\}/s.exec(readDocument("src/epmd/message.ts"))?.[1] ?? "";
  const tags = [...source.matchAll(/(\w+): (\d+)/g)].map(([, name, number]) => `${name} ${number}`);
  const named = [...sectionOf(text, "## EPMD").matchAll(/`([A-Z0-9_]+)` \((\d+)\)/g)].map(
    ([, name, number]) => `${name} ${number}`,
  );
  expect(named.toSorted()).toEqual(tags.toSorted());
});
