import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { atom, binary, Float, tuple } from "../../src/etf/term.ts";
import * as publicApi from "../../src/index.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import { playbookApi } from "../../src/playbook/playbook-api.ts";
import { loadPlay, loadText, writePlaybook } from "./playbook-file.ts";

async function messageOf(text: string, name = "site.ts"): Promise<string> {
  const path = await writePlaybook(name, text);
  try {
    await loadPlaybook(path);
  } catch (error) {
    if (error instanceof DocumentError) return error.message.replaceAll(`${dirname(path)}/`, "");
    throw error;
  }
  throw new Error("it was loaded");
}

describe("loadPlaybook() of a module", () => {
  test("reads the same keys as a YAML file, and terms", async () => {
    const play = await loadPlay(
      `import { atom, Float, play, tuple } from "fusion-play";
interface Limits { count: number }
const limits: Limits = { count: 3 };

export default play({
  hosts: ["web", "db"],
  modules: "lib/a.erl",
  vars: { limits, state: atom("ok") },
  serial: [1, "50%"],
  steps: [
    { run: "lists:seq(1, \${{ vars.limits.count }})", register: "numbers", timeout: "2s", vars: undefined },
    { run: { module: "a", function: "b", args: [tuple(atom("x"), 1), new Float(2), 2.5, 10n, "\${{ numbers }}", ["t"]] } },
    { assert: { equals: [1, 2, 3], value: "\${{ numbers }}" }, when: [true, "size(numbers) > 0"] },
  ],
});
`,
      "site.ts",
    );
    expect(play).toMatchObject({
      name: "web,db",
      hosts: "web,db",
      serial: [{ hosts: 1 }, { percent: 50 }],
      location: { line: 5, column: 16 },
    });
    const [count, call, check] = typeof play.steps === "function" ? [] : play.steps;
    const scope = { vars: { limits: { count: 3 } }, numbers: [1, 2, 3] };
    expect(count).toMatchObject({
      kind: "run",
      register: "numbers",
      timeoutMs: 2000,
      location: play.location,
    });
    expect(count?.kind === "run" && count.call.arguments(scope)).toEqual([1, 3]);
    expect(call?.kind === "run" && call.call.arguments(scope)).toEqual([
      tuple(atom("x"), 1),
      new Float(2),
      new Float(2.5),
      10,
      [1, 2, 3],
      [binary("t")],
    ]);
    expect(check?.kind === "assert" && check.equals?.evaluate({})).toEqual([1, 2, 3]);
    expect(play.vars["state"]?.evaluate({})).toEqual(atom("ok"));
  });

  test("takes a function for steps", async () => {
    const play = await loadPlay(
      `import { play, type PlayHost } from "fusion-play";
export default play({ hosts: "all", async steps(host: PlayHost) { await host.run("a:b()"); } });`,
      "site.mts",
    );
    const calls: string[] = [];
    if (typeof play.steps !== "function") throw new Error("a list");
    await play.steps({ run: async (call: string) => void calls.push(call) } as never);
    expect(calls).toEqual(["a:b()"]);
  });

  test.each(["site.js", "site.mjs"])(
    "loads %s, a list of plays, and plays that are plain objects",
    async (name) => {
      const { plays } = await loadText(
        `import { play } from "fusion-play";
export default [play({ name: "a", hosts: "all", steps: [] }), { name: "b", hosts: "all", steps: [] }];`,
        name,
      );
      expect(plays.map((play) => [play.name, play.location.line])).toEqual([
        ["a", 2],
        ["b", 1],
      ]);
    },
  );

  test("loads what the playbook imports, and loads it again when it was changed", async () => {
    const path = await writePlaybook(
      "site.ts",
      `import { hosts } from "./hosts";\nimport { play } from "fusion-play";\nexport default play({ hosts, steps: [] });`,
    );
    const helper = join(dirname(path), "hosts.ts");
    await writeFile(helper, `export const hosts: string = "web";`);
    expect((await loadPlaybook(path)).plays[0]?.hosts).toBe("web");
    await writeFile(helper, `export const hosts: string = "db";`);
    expect((await loadPlaybook(path)).plays[0]?.hosts).toBe("db");
  });

  test("names the path of each mistake, at the place of the play", async () => {
    const message = await messageOf(
      `import { play } from "fusion-play";

const first = play({ hosts: "all", steps: [{ run: "uptime" }, { asert: true }, { run: "a:b()", when: "vras.x" }] });
export default [first,
  play({ host: "all", steps: () => {}, vars: { f() {}, n: NaN, d: new Date(0), ok: [undefined] } })];
`,
    );
    expect(message.split("\n").filter((line) => line.startsWith("site.ts"))).toEqual([
      "site.ts:3:15: steps[0].run: Cannot read the call: the module is missing",
      'site.ts:3:15: steps[1].asert: Unknown key "asert": a step needs one of "push", "run", "eval", "assert", "set", "fail", "pause", "wait_for", "meta", "block" or "include_steps"',
      'site.ts:3:15: steps[2].when: Unknown name "vras"',
      'site.ts:5:3: host: Unknown key "host"',
      "site.ts:5:3: vars.f: Erlang has nothing like a JavaScript function",
      "site.ts:5:3: vars.n: Erlang has no number like NaN",
      "site.ts:5:3: vars.d: Erlang has nothing like a JavaScript Date",
      "site.ts:5:3: vars.ok[0]: Erlang has nothing like a JavaScript undefined",
    ]);
    expect(message).toContain("  3 | const first = play({");
  });

  test.each<[string, string, string]>([
    ["no default", "export const a = 1;", "site.ts:1:1: The module exports no play"],
    ["an empty list", "export default [];", "site.ts:1:1: The module exports no play"],
    [
      "something else",
      "export default 5;",
      'site.ts:1:1: A play expects a mapping with "hosts" and "steps", got the number 5',
    ],
    [
      "a throw",
      "const a = 1;\n  throw new Error(`no ${a}`);",
      "site.ts:2:3: The module cannot be loaded: no 1",
    ],
    [
      "a throw with causes",
      "throw new Error('a', { cause: new Error('b', { cause: Object.assign(new AggregateError([]), { code: 'E' }) }) });",
      "site.ts:1:1: The module cannot be loaded: a: b: E",
    ],
    ["a throw of no error", "throw 'no';", 'site.ts:1:1: The module cannot be loaded: it throws "no"'],
    [
      "a missing import",
      "import './nothing.ts';",
      "site.ts:1:1: The module cannot be loaded: Cannot find module './nothing.ts'",
    ],
    [
      "a mistake of syntax",
      "const a = 1;\nexport default play({ hosts: }",
      "site.ts:2:30: The module cannot be loaded: ",
    ],
  ])("refuses a module with %s", async (_name, text, expected) => {
    expect(await messageOf(text)).toContain(expected);
  });

  test.each<[string, string, string]>([
    [
      "a mistake of syntax",
      "export const a = 1;\n  return 2;",
      "part.ts:2:3: The module cannot be loaded: 'return'",
    ],
    [
      "a throw",
      "export const a = 1;\n  throw new Error('no');",
      "part.ts:2:3: The module cannot be loaded: no",
    ],
    [
      "a missing import",
      "import './gone.ts';",
      "part.ts:1:1: The module cannot be loaded: Cannot find module",
    ],
  ])(
    "refuses a module that imports one with %s, and names the place there",
    async (_name, part, expected) => {
      const text = 'import "./part.ts";\nexport default 1;';
      const path = await writePlaybook("site.ts", text);
      await writeFile(join(dirname(path), "part.ts"), part);
      const { message } = (await loadPlaybook(path).catch((error: unknown) => error)) as Error;
      const shown = message.replaceAll(`${dirname(path)}/`, "");
      expect(shown).toContain(expected);
      expect(shown).toContain(part.split("\n").at(-1));
      expect(shown).toContain('"site.ts" imports it');
    },
  );

  test("refuses values without an end", async () => {
    expect(
      await messageOf(
        "const a = { hosts: 'all', steps: [] };\na.vars = { b: [1, a] };\nexport default a;",
        "site.js",
      ),
    ).toContain("site.js:1:1: vars.b[1]: The value contains itself");
    expect(
      await messageOf(
        "let a = [1];\nfor (let i = 0; i < 40; i++) a = [a, a];\nexport default { hosts: 'all', vars: { a }, steps: [] };",
        "site.js",
      ),
    ).toContain("The play has more than 100000 values");
  });
});

test("playbookApi holds what a playbook can import at run time from the package", () => {
  const exported = Object.entries(publicApi).filter(([name]) => name !== "run");
  expect(Object.fromEntries(exported)).toEqual(playbookApi);
});
