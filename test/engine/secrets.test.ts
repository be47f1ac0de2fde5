import { expect, test } from "vitest";
import { revealData } from "../../src/etf/secret-data.ts";
import type { Data } from "../../src/etf/data.ts";
import { binary, MapTerm, type Term } from "../../src/etf/term.ts";
import { secret } from "../../src/secret.ts";
import {
  fakeRun,
  host,
  playbookOf,
  runSteps,
  statuses,
  type FakeRun,
  type FakeRunOptions,
} from "./fake-run.ts";

// Nothing hides values here: what is not shown is so for where it comes from.
const EXTRA: Readonly<Record<string, Data>> = {
  token: secret("hunter2"),
  users: secret(["ada-lovelace", "grace-hopper"]),
  mixed: ["plain", secret("turing")],
};

function reportText({ events }: FakeRun): string {
  return JSON.stringify(events, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
}

function sent({ nodes }: FakeRun): unknown[] {
  return [...nodes.values()].flatMap(({ calls }) => calls).map(({ args }) => args.map(textOf));
}

function textOf(term: Term): unknown {
  return term instanceof Uint8Array ? Buffer.from(term).toString() : term;
}

async function runFunction(steps: string, options: FakeRunOptions = {}): Promise<FakeRun> {
  const text = `import { play, secret } from "fusion-play";
export default play({ name: "P", hosts: "all", steps: async (host) => { ${steps} } });`;
  return fakeRun(await playbookOf(text, "ts"), { inventory: "web1,", extraVars: EXTRA, ...options });
}

test("items of a secret are secrets: hosts get them, and labels do not show them", async () => {
  const run = await runSteps(
    `
- { name: All, run: "m:f(\${{ item }})", loop: "\${{ vars.users }}" }
- { name: Some, run: "m:f(\${{ item }})", loop: "\${{ vars.mixed }}" }
- { name: Label, run: "m:f(\${{ item }})", loop: "\${{ vars.users }}", loop_control: { label: "to \${{ item }}" } }
- { name: None, run: "m:f(\${{ item }})", loop: "\${{ vars.token }}", ignore_errors: true }`,
    { extraVars: EXTRA },
  );
  const labels = host(run).steps.map(({ items }) => items?.map(({ label }) => label));
  expect(labels).toEqual([
    ["********", "********"],
    ["plain", "********"],
    ["to ********", "to ********"],
    [],
  ]);
  expect(sent(run)).toEqual([
    ["ada-lovelace"],
    ["grace-hopper"],
    ["plain"],
    ["turing"],
    ["ada-lovelace"],
    ["grace-hopper"],
  ]);
  expect(host(run).steps[3]?.error?.message).toMatch(/: it is a secret that is no list$/);
  expect(reportText(run)).not.toMatch(/ada-|grace-|turing|hunter2/);
});

test("messages and assertions show the mask, whatever is made of a secret", async () => {
  const run = await runSteps(
    `
- { name: Equal, assert: { value: "\${{ vars.token }}", equals: "\${{ vars.token + '!' }}" }, ignore_errors: true }
- name: Own message
  assert: { that: vars.token == "", message: "\${{ vars.token + '?' }} is wrong" }
  ignore_errors: true
- { name: Bound, assert: { value: "\${{ vars.users }}", match: "[first | _]", that: first == "", message: "\${{ first }}" }, ignore_errors: true }
- { name: Fail, fail: { message: "because of \${{ vars.mixed }}" }, ignore_errors: true }
- { name: Holds, assert: vars.token == "hunter2" && vars.token.startsWith("hunter") }`,
    { extraVars: EXTRA },
  );
  const errors = host(run).steps.map(({ name, error }) => [
    name,
    error?.message,
    error?.expected,
    error?.actual,
  ]);
  expect(errors).toEqual([
    ["Equal", "Assertion failed: the value is not the expected one", '"********"', '"********"'],
    ["Own message", "******** is wrong", undefined, undefined],
    ["Bound", "********", undefined, undefined],
    ["Fail", 'because of ["plain","********"]', undefined, undefined],
    ["Holds", undefined, undefined, undefined],
  ]);
});

test("what expressions make of secrets is told to be hidden, before it is sent", async () => {
  const hidden: Data[] = [];
  const order: string[] = [];
  const run = await runSteps(
    `
- { name: Make, set: { made: "\${{ vars.token + '-made' }}" } }
- { name: Send, run: "m:f(\${{ vars.made }})" }
- { name: Tag, run: { module: m, function: f, args: [!secret "plain-\${{ host.name }}"] } }`,
    {
      extraVars: EXTRA,
      onHidden: (data) => {
        hidden.push(data);
        order.push(`hide ${JSON.stringify(data)}`);
      },
      answer:
        () =>
        ({ args }) => {
          order.push(`send ${String(args.map(textOf))}`);
          return 0;
        },
    },
  );
  expect(statuses(run)).toEqual(["Make: ok", "Send: ok", "Tag: ok"]);
  expect(order).toEqual(['hide "hunter2-made"', "send hunter2-made", 'hide "plain-web1"', "send plain-web1"]);
  expect(hidden.map(revealData)).toEqual(hidden);
});

test("the result of a step with no_log is a secret to the steps after it", async () => {
  const answer = (): Term => new MapTerm([[binary("token"), binary("r-secret")]]);
  const run = await runSteps(
    `
- { name: Get, run: "m:f()", no_log: true, register: got }
- { name: Before, fail: { message: "\${{ result.token }}" }, ignore_errors: true }
- { name: Show, fail: { message: "\${{ got.token }} \${{ got }}" }, ignore_errors: true }
- { name: Use, run: "m:f(\${{ got.token }})", when: got.token == "r-secret" }`,
    { answer: () => answer },
  );
  expect(host(run).steps.map(({ error }) => error?.message)).toEqual([
    undefined,
    "********",
    "******** ********",
    undefined,
  ]);
  expect(sent(run)).toEqual([[], ["r-secret"]]);
});

test("a function is given secrets as such, and may pass them on", async () => {
  const hidden: Data[] = [];
  const run = await runFunction(
    `
    const { token, users, mixed } = host.vars;
    await host.run({ module: "m", function: "f", args: [token, users.reveal()[0], secret("of-the-play"), { deep: [mixed] }] });
    host.set({ later: secret("of-the-set") });
    await host.run({ module: "m", function: "f", args: [host.vars.later] });
    try { host.fail(\`\${token} and \${JSON.stringify(mixed)}\`); } catch {}
    throw new Error("met " + token + " " + host.vars.later);`,
    { onHidden: (data) => hidden.push(data) },
  );
  expect(sent(run).map((args) => (args as unknown[]).slice(0, 3))).toEqual([
    ["hunter2", "ada-lovelace", "of-the-play"],
    ["of-the-set"],
  ]);
  expect(hidden).toEqual(expect.arrayContaining(["of-the-play", "of-the-set"]));
  expect(host(run).steps.map(({ error }) => error?.message)).toContain('******** and ["plain","********"]');
  expect(JSON.stringify(host(run).error)).toContain("met ******** ********");
  expect(reportText(run)).not.toMatch(/hunter2|turing|of-the-set/);
});

test("a play in TypeScript gives secrets by secret()", async () => {
  const text = `import { play, secret } from "fusion-play";
export default play({ name: "P", hosts: "all", vars: { a: secret("of-vars"), b: [secret("of-list")] }, steps: [
  { name: "Send", run: { module: "m", function: "f", args: ["\${{ vars.a }}", "\${{ vars.b }}", secret("of-args")] } },
  { name: "Show", fail: { message: "\${{ vars.a }} \${{ vars.b }}" } },
] });`;
  const run = await fakeRun(await playbookOf(text, "ts"), { inventory: "web1," });
  expect(sent(run)).toEqual([["of-vars", [binary("of-list")], "of-args"]]);
  expect(host(run).steps[1]?.error?.message).toBe('******** ["********"]');
});
