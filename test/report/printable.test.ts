import fc from "fast-check";
import { expect, test } from "vitest";
import { printable, textLines, withoutCommands } from "../../src/report/printable.ts";

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["cursor movement", "a\u001b[2J\u001b[H\u001b[?25lb", "ab"],
  ["a title, ended by BEL", "\u001b]0;pwned\u0007text", "text"],
  ["a clipboard, ended by ST", "\u001b]52;c;cm0gLXJm\u001b\\text", "text"],
  ["a device control string", "\u001bP+q544e\u001b\\text", "text"],
  ["a sequence of C1 characters", "\u009b31mred\u009d0;t\u009ctext", "redtext"],
  ["a query of the terminal", "\u001b[6n\u001b[c\u001bZtext", "text"],
  ["a character set", "\u001b(0lqk", "lqk"],
  ["an unfinished sequence", "text\u001b[31", "text31"],
  ["an unfinished title", "\u001b]0;title", "0;title"],
  ["bells, backspaces and NUL", "a\u0007b\bc\u0000d\u007f", "abcd"],
  ["overrides of direction", "user\u202enimda\u2066x", "usernimdax"],
  ["tabs", "a\tb", "a    b"],
  ["line ends", "a\r\nb\nc\rd\u2028e", "a b c d e"],
])("printable() takes %s out", (_name, text, expected) => {
  expect(printable(text)).toBe(expected);
});

test("printable() keeps text of any script", () => {
  expect(printable("Grüße 日本語 🎉 e\u0301")).toBe("Grüße 日本語 🎉 e\u0301");
});

test("printable() leaves no control character of any text", () => {
  const nasty = fc.string({
    unit: fc.constantFrom("\u001b", "[", "]", "\u009b", "\u009d", "0", ";", "m", "\n", "a", "\u0007"),
  });
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string({ unit: "binary" })), (text) => {
      // oxlint-disable-next-line no-control-regex -- control characters are what it is about
      expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  "\u001b[",
  "\u001b[0 ",
  "\u001b]",
  "\u009d",
  "\u001b",
  "\u001b[0",
  "\u009b0;",
  "\u0090\u001b",
  "\u001b ",
])("printable() takes linear time on many of %j", (part) => {
  const text = part.repeat(500_000);
  const started = performance.now();
  printable(text);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("textLines() splits at every line end and makes no empty line at the end", () => {
  expect(textLines("a\r\nb\n\nc\rd\n")).toEqual(["a", "b", "", "c", "d"]);
  expect(textLines("")).toEqual([]);
  expect(textLines("\n")).toEqual([""]);
});

test.each([
  ["::set-output name=a::1", ": :set-output name=a::1"],
  [" \u00a0\u200b:\u200d:add-mask::ok", " \u00a0\u200b: \u200d:add-mask::ok"],
  ["said ##[add-mask]ok ##vso[task.setvariable]x", "said # #[add-mask]ok # #vso[task.setvariable]x"],
  ["##teamcity[testFailed]", "# #teamcity[testFailed]"],
  ["### [a heading] Mod::fun :: 1", "### [a heading] Mod::fun :: 1"],
  ["#\u00ad#[group]", "# \u00ad#[group]"],
])("withoutCommands() breaks the commands of %j", (line, expected) => {
  expect(withoutCommands(line)).toBe(expected);
});
