import { expect, test } from "vitest";
import { atom, tuple } from "../../src/etf/term.ts";
import { elixir, erlang, inlineTemplateOf } from "../../src/playbook/inline-template.ts";
import type { EvalStep, InlineCode } from "../../src/playbook/playbook.ts";
import type { InlineSource } from "../../src/playbook/play-host.ts";
import { loadPlay, loadText } from "./playbook-file.ts";

test("elixir and erlang make code in which each value is a variable", () => {
  expect(elixir`Enum.sum(${[1, 2]}) + ${3}`).toMatchObject({
    elixir: "Enum.sum(value1) + value2",
    bindings: { value1: [1, 2], value2: 3 },
  });
  const term = tuple(atom("ok"), 1);
  expect(erlang`{ok, N} = ${term}, N`).toMatchObject({
    erlang: "{ok, N} = Value1, N",
    bindings: { Value1: term },
  });
  expect(elixir`:ok`).toMatchObject({ elixir: ":ok", bindings: {} });
});

test("elixir and erlang keep backslashes, and take no text of a value into the code", () => {
  expect(elixir`"a\n\u{1F600}" <> ~S(\`) <> ${'" <> System.halt() <> "'}`).toMatchObject({
    elixir: String.raw`"a\n\u{1F600}" <> ~S(\`) <> value1`,
    bindings: { value1: '" <> System.halt() <> "' },
  });
  expect(erlang`"\x{e9}$\{"`).toMatchObject({ erlang: String.raw`"\x{e9}$\{"` });
});

test("elixir and erlang take names that the code does not have", () => {
  expect(elixir`value = 1; value_ = ${2}; value + value_`).toMatchObject({
    elixir: "value = 1; value_ = value__1; value + value_",
    bindings: { value__1: 2 },
  });
  expect(erlang`Values = ${[1]}, Values`).toMatchObject({ bindings: { Value_1: [1] } });
});

test("the same template is the same code, whatever its values", () => {
  const code = (n: number): InlineSource => elixir`${n} * 2`;
  expect(code(1)).toMatchObject({ elixir: "value1 * 2" });
  expect(code(2)).toMatchObject({ elixir: "value1 * 2", bindings: { value1: 2 } });
});

test.each<[string, () => InlineSource]>([
  ["undefined", () => elixir`${undefined as never} + 1`],
  ["another template", () => elixir`f(${elixir`1` as never})`],
])("elixir refuses %s as a value", (what, make) => {
  expect(make).toThrow(
    expect.objectContaining({
      code: "TERM_INVALID",
      message: expect.stringMatching(
        new RegExp(`^Cannot make Elixir code at .*inline-template.test.ts:\\d+: value 1 is ${what}$`),
      ) as string,
    }),
  );
});

test("a template is known as one, also when it is copied, and other code is not", () => {
  expect(inlineTemplateOf({ ...elixir`1` })).toBeDefined();
  expect(inlineTemplateOf({ elixir: "1" })).toBeUndefined();
  expect(inlineTemplateOf("1")).toBeUndefined();
});

/** The place of a word of the code, as `line:column`. */
function placeOf(code: Pick<InlineCode, "source" | "locate">, word: string): string | undefined {
  const offset = code.source.indexOf(word);
  if (offset === -1) throw new Error(`"${word}" is not in ${code.source}`);
  const location = code.locate(offset);
  return location && `${location.line}:${location.column}`;
}

const PLAYBOOK = `import { elixir, erlang, play } from "fusion-play";

interface Limits {
  most: number;
}
const limits: Limits = { most: 3 };

export default play({
  hosts: "all",
  steps: [
    { eval: elixir\`first(1) |> second(\${limits.most}) |> third()\` },
    {
      eval: erlang\`
        fourth(\${{
          a: [1, 2],
        }}),
        fifth(\${\`x\${limits.most}\`}, sixth) \`,
    },
    { eval: { elixir: "plain()" } },
    { eval: erlang\`é, 😀(), seventh()\`, register: "r" },
  ],
});
`;

test.each([
  ["with line feeds", PLAYBOOK],
  ["with carriage returns", PLAYBOOK.replaceAll("\n", "\r\n")],
])("places in templates are found in a file %s, by the name that the user gave", async (_, text) => {
  const { file, plays } = await loadText(text, "fleet.ts");
  const steps = plays[0]?.steps as readonly EvalStep[];
  const [first, second, third, fourth] = steps.map(({ code }) => code);
  if (!first || !second || !third || !fourth) throw new Error("not four");
  expect([first, second, third, fourth].map(({ isTemplate }) => isTemplate)).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(first.location).toMatchObject({ file, line: 11 });
  expect(second.location).toMatchObject({ file, line: 13 });
  expect(third.location).toMatchObject({ file, line: 8 });
  expect(first.locate(0)?.file).toBe(file);
  expect(["first", "second", "value1", "third"].map((word) => placeOf(first, word))).toEqual([
    "11:20",
    "11:32",
    "11:39",
    "11:58",
  ]);
  expect(["fourth", "Value1", "fifth", "Value2", "sixth"].map((word) => placeOf(second, word))).toEqual([
    "14:9",
    "14:16",
    "17:9",
    "17:15",
    "17:37",
  ]);
  expect(placeOf(third, "plain")).toBeUndefined();
  expect(placeOf(fourth, "seventh")).toBe("20:28");
});

test("places in templates inside a function are found, and of a text the place is not known", async () => {
  const play = await loadPlay(
    `import { elixir, play, type PlayHost } from "fusion-play";
export default play({
  hosts: "all",
  async steps(host: PlayHost) {
    await host.eval(elixir\`
      a(\${host.name})
      b()\`);
  },
});
`,
    "fleet.ts",
  );
  const codes: InlineSource[] = [];
  if (typeof play.steps !== "function") throw new Error("a list");
  await play.steps({ name: "web1", eval: async (code: InlineSource) => void codes.push(code) } as never);
  const [code] = codes;
  if (code === undefined || !("elixir" in code)) throw new Error("no code");
  const template = inlineTemplateOf(code);
  expect(template?.location).toMatchObject({ line: 5 });
  const locate = template?.locate ?? ((): undefined => undefined);
  expect(placeOf({ source: code.elixir, locate }, "b()")).toBe("7:7");
});
