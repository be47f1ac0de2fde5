import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { dryRun } from "../../src/engine/dry-run.ts";
import type { Data } from "../../src/etf/data.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { playbookOf } from "./fake-run.ts";

const folder = temporaryFolder();
writeFileSync(
  join(folder, "hosts.yml"),
  "web: { hosts: { w1: { rack: 1 }, w2: }, vars: { zone: a } }\ndb: { hosts: { d1: { disk: 2 } } }\n",
);

/** Plans the one play of a playbook; gives what it is refused for. */
async function refusalOf(
  play: string,
  { extraVars = {}, skipTags = [] }: { extraVars?: Record<string, Data>; skipTags?: string[] } = {},
): Promise<string | undefined> {
  const options = {
    playbooks: [await playbookOf(play)],
    inventory: await loadInventory([join(folder, "hosts.yml")]),
    extraVars,
    skipTags,
    openModules: async () => new FakeModuleSource(),
    signal: new AbortController().signal,
  };
  return dryRun(options).then(
    () => undefined,
    (error: Error) => error.message.replaceAll(/^.*\/site\.yml/gmu, "site.yml"),
  );
}

const playOf = (steps: string): string => `hosts: web\nvars: { colour: red }\nsteps:\n${steps}\n`;

describe("a play is refused that reads a variable which nothing gives", () => {
  test("and is told the place, and the name that was meant", async () => {
    expect(await refusalOf(playOf("  - run: m:f(${{ vars.color }})\n  - assert: vars.there > 1"))).toBe(
      [
        'site.yml:4:23: Nothing gives the variable "color"',
        "  4 |   - run: m:f(${{ vars.color }})",
        "    |                       ^",
        '  Did you mean "colour"?',
        "",
        'site.yml:5:18: Nothing gives the variable "there"',
        "  5 |   - assert: vars.there > 1",
        "    |                  ^",
        "  Give it in the inventory, in the play or with --extra-vars; has(vars.there) asks whether it is there",
      ].join("\n"),
    );
  });

  test.each([
    "- { run: 'm:f()', when: vars.nope == 1 }",
    "- { run: 'm:f()', until: size(vars.nope) == 1 }",
    "- { run: 'm:f()', failed_when: '!vars.nope' }",
    "- { run: 'm:f()', vars: { x: '${{ vars.nope }}' } }",
    "- { eval: { erlang: 'X', bindings: { X: [1, '${{ vars.nope.a[0] }}'] } } }",
    "- assert: { value: '${{ vars.nope }}', equals: 1 }",
    "- assert: { that: ['vars.zone == 1', 'vars.nope in [1]'] }",
    "- assert: 'vars.nope ? vars.a : vars.b'",
    "- assert: 'vars.nope.all(x, x > 1)'",
  ])("in %s", async (step) => {
    expect((await refusalOf(playOf(`  ${step}`)))?.match(/Nothing gives the variable .*/gu)).toEqual([
      'Nothing gives the variable "nope"',
    ]);
  });

  test.each([
    ["a step before the play may end", "- assert: vars.nope == 1\n  - meta: end_host"],
    [
      "the condition under which it ends, and not after it",
      "- { meta: end_host, when: vars.nope }\n  - assert: vars.other == 1",
    ],
    [
      "what is done before it ends",
      "- { block: [{ meta: end_host }], always: [{ assert: vars.nope == 1 }] }\n  - assert: vars.other == 1",
    ],
    ["a step after handlers were run", "- meta: flush_handlers\n  - assert: vars.nope == 1"],
    [
      "a step after one that asks for another variable",
      "- assert: has(vars.other)\n  - assert: [vars.nope == 1, vars.other == 1]",
    ],
    [
      "the variables of a step whose condition asks for it too late",
      "- { run: 'm:f()', when: has(vars.nope), vars: { x: '${{ vars.nope }}' } }",
    ],
    ["the condition of a block", "- { when: vars.nope, block: [{ run: 'm:f()' }, { run: 'm:f()' }] }"],
    [
      "the variables of a block, and of a step with a condition",
      "- { vars: { a: '${{ vars.nope }}' }, block: [{ run: 'm:f()', when: host.name == 'w1' }] }",
    ],
    [
      "a block in a block, and below always",
      "- { when: vars.nope, block: [{ when: vars.other, block: [{ fail: no }] }], always: [{ fail: no }] }",
    ],
    ["the first of several conditions", "- { when: [vars.nope, vars.other], run: 'm:f()' }"],
    [
      "the variables of a step with a condition",
      "- { run: 'm:f()', when: 'false', vars: { x: '${{ vars.nope }}' } }",
    ],
  ])("in %s", async (_, step) => {
    expect((await refusalOf(playOf(`  ${step}`)))?.match(/Nothing gives the variable .*/gu)).toEqual([
      'Nothing gives the variable "nope"',
    ]);
  });

  test("in what stands beside an included file and an import", async () => {
    writeFileSync(join(folder, "steps.yml"), "- run: m:f()\n- run: m:f()\n");
    const include = `- { include_steps: ${join(folder, "steps.yml")}, when: vars.nope, vars: { a: '\${{ vars.no }}' } }`;
    expect(await refusalOf(playOf(`  ${include}`))).toMatch(
      /^site\.yml:4:\d+: .* "nope"[^]*^site\.yml:4:\d+: .* "no"\n/mu,
    );
    writeFileSync(join(folder, "play.yml"), playOf("  - run: m:f()"));
    const beside = "when: vars.nope\n  vars: { a: '${{ vars.no }}' }";
    expect(await refusalOf(`- import_playbook: ${join(folder, "play.yml")}\n  ${beside}\n`)).toMatch(
      /^site\.yml:3:\d+: .* "no"[^]*^site\.yml:2:\d+: .* "nope"\n/mu,
    );
  });

  test("in the variables of the play", async () => {
    const play = 'hosts: web\nvars: { a: "${{ vars.nope }}" }\nsteps: [{ run: "m:f()" }]\n';
    expect(await refusalOf(play)).toMatch(/^site\.yml:2:\d+: Nothing gives the variable "nope"/u);
    expect(await refusalOf(play, { extraVars: { a: 1 } })).toBeUndefined();
    expect(await refusalOf(play, { extraVars: { nope: 1 } })).toBeUndefined();
  });
});

describe("a play is not refused", () => {
  test.each([
    ["a variable that has() asks for", "- assert: has(vars.nope)"],
    ["a choice", "- assert: 'has(vars.nope) ? vars.nope : true'"],
    ["&& and ||", "- assert: 'has(vars.nope) && vars.nope || !has(vars.other) || vars.other'"],
    [
      "a step after one that may end the play for the host",
      "- { meta: end_host, when: '!has(vars.other)' }\n  - assert: vars.nope == 1",
    ],
    [
      "a step after a block that may end the play",
      "- { block: [{ block: [{ meta: end_play, when: 'false' }] }] }\n  - assert: vars.nope == 1",
    ],
    [
      "a variable that an assertion has asked for",
      "- assert: { that: has(vars.nope), message: Give it }\n  - assert: vars.nope == 1",
    ],
    ["a variable that the same assertion asks for", "- assert: ['\"nope\" in vars', vars.nope == 1]"],
    [
      "a variable without which a step fails before",
      "- { fail: Give it, when: '!has(vars.nope)' }\n  - { block: [{ run: 'm:f(${{ vars.nope }})' }] }",
    ],
    [
      "a variable that failed_when has asked for",
      "- { run: 'm:f()', failed_when: '!has(vars.nope)' }\n  - assert: vars.nope == 1",
    ],
    ["a key in brackets", '- assert: \'"nope" in vars ? vars["nope"] == 1 : true\''],
    ["the body of a macro", "- assert: '[].all(x, vars.nope == x)'"],
    ["a step with a condition", "- { run: 'm:f(${{ vars.nope }})', when: has(vars.nope) }"],
    ["a second condition", "- { run: 'm:f()', when: [has(vars.nope), vars.nope == 1] }"],
    ["a step whose failure is ignored", "- { run: 'm:f(${{ vars.nope }})', ignore_errors: true }"],
    ["the message of an assertion", "- assert: { that: 'true', message: '${{ vars.nope }}' }"],
    ["a block that is rescued", "- { when: vars.nope, block: [{ run: 'm:f()' }], rescue: [{ fail: no }] }"],
    [
      "a block whose failures are ignored",
      "- { when: vars.nope, block: [{ fail: no }], ignore_errors: true }",
    ],
    ["a block that is left out", "- { when: vars.nope, tags: later, block: [{ fail: no }] }\n  - run: m:f()"],
    [
      "the block in a block with a condition",
      "- { when: has(vars.no), block: [{ when: vars.no, block: [{ fail: no }] }] }",
    ],
    ["a loop that may be over nothing", "- { when: vars.nope, block: [{ run: 'm:f()', loop: [] }] }"],
    [
      "a variable that is set in the place of one",
      "- set: { own: 1 }\n  - { run: 'm:f()', vars: { own: '${{ vars.nope }}' } }",
    ],
    ["a step that is left out", "- { run: 'm:f(${{ vars.nope }})', tags: later }\n  - run: m:f()"],
    ["a variable of one host alone", "- assert: vars.rack == 1"],
    ["a variable of a group", "- assert: vars.zone == 'a'"],
    ["a variable of the step", "- { assert: 'vars.own == 1', vars: { own: 1 } }"],
    ["a variable of another host", "- assert: hostvars.d1.nope == 1"],
  ])("for %s", async (_, step) => {
    expect(await refusalOf(playOf(`  ${step}`), { skipTags: ["later"] })).toBeUndefined();
  });

  test("for what a play before has set", async () => {
    const plays = [
      "{ hosts: web, steps: [{ set: { given: 1, own: 1 } }] }",
      '{ hosts: web, vars: { own: "${{ vars.nope }}" }, steps: [{ assert: vars.given == 1 }] }',
    ];
    const [first = "", second = ""] = plays;
    expect(await refusalOf(`- ${first}\n- ${second}\n`)).toBeUndefined();
    expect(await refusalOf(`- ${second}\n- ${first}\n`)).toMatch(/"nope"[^]*"given"/u);
  });

  test("for what prompts give, and where it has no hosts", async () => {
    const steps = "steps: [{ assert: vars.nope == 1 }]";
    expect(await refusalOf(`hosts: web\nvars_prompt: [{ name: nope }]\n${steps}\n`)).toBeUndefined();
    const plays = `- { hosts: none, ${steps} }\n- { hosts: web, steps: [{ run: "m:f()" }] }\n`;
    expect(await refusalOf(plays)).toBeUndefined();
  });
});
