import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { allProcesses } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import {
  hostOf,
  hostReport,
  openWorkspace,
  PACKAGE,
  type Ended,
  type Played,
  type Workspace,
} from "./workspace.ts";

// Each test starts the program several times, on machines of any speed.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** What is secret for where it comes from, each given in another way. What vault and age hold has a test of its own. */
const CANARIES = {
  password: "canary-password",
  becomePassword: "canary-become",
  passphrase: "canary-passphrase",
  numberPassword: "0481516234",
  vaultPassword: "canary-vault-password",
  inventoryTag: "canary-inventory",
  groupVars: "canary-group-vars",
  listTag: "canary-in-list",
  number: "4815162342",
  playVars: "canary-play-vars",
  stepVars: "canary-step-vars",
  set: "canary-set",
  varsFile: "canary-vars-file",
  extraFile: "canary-extra-file",
  extraPassword: "canary-extra-password",
  argument: "canary-argument",
  binding: "canary-binding",
  prompt: "canary-prompt",
  promptDefault: "canary-prompt-default",
  noLogResult: "canary-no-log-result",
  noLogItem: "canary-no-log-item",
  noLogFailure: "canary-no-log-failure",
  template: "canary-template",
  computed: "canary-computed",
  moduleInventory: "canary-module-inventory",
  typedVars: "canary-typed-vars",
  typedSet: "canary-typed-set",
  typedArgument: "canary-typed-argument",
  typedBinding: "canary-typed-binding",
  apiVars: "canary-api-vars",
  apiPassword: "canary-api-password",
  apiBecome: "canary-api-become",
} as const;

/** What the program is given; all else in the folder was written by it. */
const INPUTS = [
  "hosts.yml",
  "group_vars",
  "vars",
  "site.yml",
  "fails.yml",
  "crash.ts",
  "extra.yml",
  "pw",
  "locked.yml",
  "typed-hosts.ts",
  "typed.ts",
  "api.mjs",
];

let sshd: Sshd;
let workspace: Workspace;
let played: Played;
const outputs: Record<string, Ended> = {};
let visible = "";

/** Gives back what the host was given, in the ways in which a value may be shown. */
const ECHO = '[io:format("~ts ~p~n", [X, X]) || X <- All], {error, All}';

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({});
  const at = (name: string): string => join(workspace.folder, name);
  const connection = Object.entries(hostOf(sshd)).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  await workspace.write({
    "hosts.yml": `
web:
  hosts:
    one:
      ${connection.join("\n      ")}
      fusion_password: ${CANARIES.password}
      ansible_become_password: ${CANARIES.becomePassword}
      fusion_private_key_passphrase: ${CANARIES.passphrase}
      ansible_ssh_pass: ${CANARIES.numberPassword}
      of_inventory: !secret ${CANARIES.inventoryTag}
      of_list: !secret [{ inner: ${CANARIES.listTag} }, ${CANARIES.number}]
`,
    "group_vars/web.yml": `of_group: !secret "${CANARIES.groupVars}"\n`,
    "vars/more.yml": `of_file: !secret ${CANARIES.varsFile}\n`,
    "extra.yml": `of_extra: !secret ${CANARIES.extraFile}\n`,
    pw: `${CANARIES.vaultPassword}\n`,
    "locked.yml": "locked_name: locked value\n",
    "site.yml": `
- hosts: one
  vars_files: [vars/more.yml, locked.yml]
  vars_prompt: [{ name: asked }, { name: defaulted, default: ${CANARIES.promptDefault} }]
  vars:
    of_play: !secret ${CANARIES.playVars}
    of_template: !secret "canary-\${{ 'temp' + 'late' }}"
    of_computed: "\${{ 'canary-' + (vars.of_inventory == '' ? 'nothing' : 'computed') }}"
  steps:
    - name: Give away
      no_log: true
      eval: { erlang: '#{token => <<"${CANARIES.noLogResult.slice(0, 10)}", (list_to_binary(string:concat("", "${CANARIES.noLogResult.slice(10)}")))/binary>>, state => changed}' }
      register: hidden
    - name: Give away items
      no_log: true
      loop: ["${CANARIES.noLogItem.slice(0, 10)}"]
      eval: { erlang: '<<Item/binary, "${CANARIES.noLogItem.slice(10)}">>', bindings: { Item: "\${{ item }}" } }
      register: hidden_items
    - name: Fail unseen
      no_log: true
      ignore_errors: true
      eval: { erlang: 'error({<<"canary-no-log-">>, list_to_binary(string:concat("canary-no-", "log-failure"))})' }
      register: unseen
    - name: Set
      set: { of_set: !secret ${CANARIES.set} }
    - name: Echo
      ignore_errors: true
      vars: { of_step: !secret ${CANARIES.stepVars} }
      eval:
        erlang: '${ECHO}'
        bindings:
          All:
            - "\${{ vars.of_inventory }}"
            - "\${{ vars.of_list[0].inner }}"
            - "\${{ vars.of_group }}"
            - "\${{ vars.of_file }}"
            - "\${{ vars.of_extra }}"
            - "\${{ vars.of_play }}"
            - "\${{ vars.of_step }}"
            - "\${{ vars.of_set }}"
            - "\${{ vars.asked }}"
            - "\${{ vars.defaulted }}"
            - "\${{ vars.fusion_password }}"
            - "\${{ hidden.token }}"
            - "\${{ hidden_items[0] }}"
            - "\${{ vars.of_template }}"
            - "\${{ vars.of_computed }}"
    - name: Echo a binding
      eval: { erlang: 'io:put_chars(X)', bindings: { X: !secret ${CANARIES.binding} } }
    - name: Echo an argument
      ignore_errors: true
      run: { module: io, function: put_chars, args: [!secret ${CANARIES.argument}] }
    - name: Echo a number
      run: { module: erlang, function: abs, args: ["\${{ vars.of_list[1] }}"] }
    - name: Compare
      ignore_errors: true
      assert:
        value: "\${{ vars.of_inventory }}"
        equals: "\${{ vars.of_group }}"
        message: "\${{ vars.of_play }} is not \${{ hidden.token }}: \${{ unseen.message }} \${{ unseen.reason }}"
    - name: Fail
      ignore_errors: true
      fail: { message: "because of \${{ vars.of_extra }}" }
`,
    "fails.yml": `
- hosts: one
  steps:
    - name: Fail unseen
      no_log: true
      eval: { erlang: 'error({list_to_binary(string:concat("canary-no-", "log-failure"))})' }
`,
    "typed-hosts.ts": `
import { secret } from "fusion-play";
export default async () => ({ web: { hosts: { one: { of_module: [secret("${CANARIES.moduleInventory}")] } } } });
`,
    "typed.ts": `
import { play, secret } from "fusion-play";
export default play({
  name: "Typed",
  hosts: "one",
  vars: { of_typed: { deep: secret("${CANARIES.typedVars}") } },
  async steps(host) {
    host.set({ of_set: secret("${CANARIES.typedSet}") });
    const { of_module, of_typed, of_set, of_inventory, of_api, fusion_password } = host.vars;
    const all = [of_module, of_typed, of_set, of_inventory, of_api ?? "none", fusion_password];
    console.log("typed", ...all, JSON.stringify(all), \`\${of_set}\`);
    const echo = host.eval({ erlang: 'io:format("~p~n", [All]), {error, All}' }, { bindings: { All: [...all, secret("${CANARIES.typedBinding}")] } });
    await echo.catch(() => {});
    await host.run({ module: "io", function: "put_chars", args: [secret("${CANARIES.typedArgument}")] });
    throw new Error("met " + of_set + " and " + of_set.reveal());
  },
});
`,
    "api.mjs": `
import { inspect } from "node:util";
import { run, secret } from ${JSON.stringify(PACKAGE)};
const events = [];
const request = {
  playbooks: ["typed.ts"],
  inventory: ["hosts.yml", "typed-hosts.ts"],
  extraVars: { of_api: secret("${CANARIES.apiVars}") },
  password: secret("${CANARIES.apiPassword}"),
  becomePassword: secret("${CANARIES.apiBecome}"),
  onEvent: (event) => events.push(event),
};
const report = await run(request);
for (const told of [request, events, report]) console.log(inspect(told, { depth: null, maxStringLength: null }));
console.log(JSON.stringify([request, events, report], (_, value) => value instanceof Uint8Array ? Buffer.from(value).toString() : typeof value === "bigint" ? String(value) : value));
`,
    "uncaught.ts": crashing('throw new Error("met " + host.vars.of_inventory);'),
    // What was made in the program counts as its own bug, whoever throws it.
    "crash.ts": crashing(
      'const text = "met " + host.vars.of_inventory; throw Object.assign(new Error(text), { stack: `${text}\\n    at main (${process.argv[1]}:1:1)` });',
    ),
  });
  execFileSync("ansible-vault", ["encrypt", "--vault-password-file", at("pw"), at("locked.yml")], {
    env: { ...process.env, ANSIBLE_CONFIG: "" },
    stdio: "ignore",
  });
  const given = [
    "--vault-password-file",
    "pw",
    "-e",
    "@extra.yml",
    "-e",
    `asked=${CANARIES.prompt}`,
    "-e",
    `ansible_password=${CANARIES.extraPassword}`,
  ];
  const formats = ["junit", "html", "markdown", "github", "ctrf"].flatMap((format) => [
    "--report",
    `${format}=report.${format}`,
  ]);
  const playing = workspace.startPlay("site.yml", ...given, ...formats, "--journal", "run.journal");
  let isOver = false;
  const sampling = (async () => {
    for (; !isOver; await sleep(100)) {
      const processes = await allProcesses();
      // What it starts is a copy of it, until the other program runs.
      const own = processes.find(({ pid }) => pid === playing.pid)?.visible;
      for (const { visible: line } of processes) if (line !== own) visible += `${line}\n`;
    }
  })();
  played = await playing.ended;
  isOver = true;
  await sampling;
  const run = async (name: string, ...args: string[]): Promise<void> => {
    outputs[name] = await workspace.run(...args, "-i", "hosts.yml");
  };
  await run("lines", "site.yml", "--output", "lines", "-vvv", ...given);
  await run("pretty", "site.yml", "-v", ...given);
  await run("dry run", "--dry-run", "site.yml", ...given, "--report", "json=dry.json");
  await run("check", "--check", "--diff", "site.yml", ...given);
  await run("fails", "fails.yml", "--report", "json=fails.json", "-vvv");
  await run("steps", "site.yml", "--list-steps", ...given);
  await run("vars", "vars", "one", "--json", "-e", "@extra.yml");
  await run("explain", "vars", "one", "--explain", "of_inventory");
  await run("inventory", "inventory", "--host", "one");
  await run("validate", "validate", "site.yml", ...given.slice(0, 2));
  await run("typed", "typed.ts", "-i", "typed-hosts.ts", "--report", "json=typed.json", "-vvv");
  outputs["api"] = await workspace.script("api.mjs");
  await run("call", "call", "one", 'io:put_chars("canary-inve" "ntory")');
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** A play that throws what nobody catches. */
function crashing(statement: string): string {
  return `
import { play } from "fusion-play";
export default play({
  name: "Crash",
  hosts: "one",
  async steps(host) {
    await host.run("erlang:node()");
    setTimeout(() => { ${statement} });
    await host.run("timer:sleep(60000)");
  },
});
`;
}

function foundIn(text: string): string[] {
  return Object.entries(CANARIES)
    .filter(([, canary]) => text.includes(canary) || text.includes([...Buffer.from(canary)].join(",")))
    .map(([name]) => name);
}

test("the values reach the host as they are", () => {
  expect(played.stderr).toBe("");
  expect(hostReport(played, "one").steps.map(({ name, status }) => [name, status])).toEqual([
    ["Give away", "ok"],
    ["Give away items", "ok"],
    ["Fail unseen", "ignored"],
    ["Set", "ok"],
    ["Echo", "ignored"],
    ["Echo a binding", "ok"],
    ["Echo an argument", "ok"],
    ["Echo a number", "ok"],
    ["Compare", "ignored"],
    ["Fail", "ignored"],
  ]);
  // One for each value, and no value was missed.
  expect(played.stdout.match(/\*{8} <<\\"\*{8}\\">>/g)?.length).toBeGreaterThanOrEqual(15);
});

test("values that TypeScript gives reach the host as they are", () => {
  for (const name of ["typed", "api"]) {
    const { stdout, stderr } = outputs[name] ?? { stdout: "", stderr: "no output" };
    // The command line leaves standard output to what was chosen.
    expect([name, stderr]).toEqual([
      name,
      name === "api" ? "" : expect.stringMatching(/^typed \[ \*{8} \][^\n]*\n$/),
    ]);
    expect(stdout).toContain("met ******** and ********");
    // Of the module, the variables, the set, the inventory, the password and the binding.
    expect(stdout.match(/<<\\?"\*{8}\\?">>/g)?.length).toBeGreaterThanOrEqual(6);
  }
});

test("none stands in an event or in the report", () => {
  expect(foundIn(played.stdout + played.stderr)).toEqual([]);
  expect(foundIn(JSON.stringify(played.report))).toEqual([]);
});

test("none stands in what other outputs and commands print", () => {
  for (const [name, { stdout, stderr, exitCode }] of Object.entries(outputs)) {
    expect([name, exitCode === 3 || exitCode === 1, exitCode === 3 || exitCode === 1 ? stderr : ""]).toEqual([
      name,
      false,
      "",
    ]);
    expect([name, foundIn(stdout + stderr)]).toEqual([name, name === "inventory" ? INVENTORY_SHOWS : []]);
  }
});

/** `fusion-play inventory` prints what `ansible-inventory` prints: what stands in plain text. */
const INVENTORY_SHOWS = ["password", "becomePassword", "passphrase", "numberPassword"];

test("none stands in a file that was written", async () => {
  const files = (await readdir(workspace.folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !INPUTS.some((input) => file.startsWith(join(workspace.folder, input))));
  const names = files.map((file) => file.slice(workspace.folder.length + 1));
  for (const name of [
    "report-1.json",
    "run.journal",
    "report.junit",
    "report.markdown",
    "report.github",
    "report.ctrf",
  ]) {
    expect(names).toContain(name);
  }
  for (const file of files) expect([file, foundIn(await readFile(file, "latin1"))]).toEqual([file, []]);
});

test("none stands in a term of the journal", async () => {
  const journal = await readFile(join(workspace.folder, "run.journal"), "latin1");
  const terms = [...journal.matchAll(/"\$(?:term|list|bytes)":"([^"]*)"/g)];
  expect(terms.length).toBeGreaterThan(0);
  expect(journal).toContain('"$secret":"********"');
  const decoded = terms.map(([, base64 = ""]) => Buffer.from(base64, "base64").toString("latin1"));
  expect(decoded.some((text) => text.includes("********"))).toBe(true);
  expect(foundIn(decoded.join("\n"))).toEqual([]);
});

test("none stands in the arguments or the environment of another process", () => {
  expect(visible).toContain("beam.smp");
  expect(foundIn(visible)).toEqual([]);
});

test("none stands in what is printed of an error that no play caught", async () => {
  const { exitCode, stdout, stderr } = await workspace.run("uncaught.ts", "-i", "hosts.yml");
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/No play caught this error.*met \*{8}/s);
  expect(foundIn(stdout + stderr)).toEqual([]);
});

test("none stands in what is printed when the program itself crashes", async () => {
  const crashed = await workspace.run("crash.ts", "-i", "hosts.yml");
  expect(crashed.exitCode).toBe(1);
  expect(crashed.stderr).toMatch(/bug in fusion-play.*met \*{8}/s);
  expect(foundIn(crashed.stdout + crashed.stderr)).toEqual([]);
});
