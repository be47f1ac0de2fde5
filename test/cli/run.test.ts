import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { listSchema } from "../../src/report/list-schema.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { fusionPlay } from "./command-line.ts";

const isList = new Ajv2020({ strict: true, allErrors: true }).compile(listSchema);
const playbook = join(temporaryFolder(), "site.yml");
writeFileSync(playbook, '{ name: P, hosts: all, steps: [{ name: First, run: "erlang:node()" }] }\n');

test("run lists hosts and steps where both are asked for", async () => {
  const { code, stdout } = await fusionPlay("run", playbook, "-i", "w1,", "--list-steps", "--list-hosts");
  expect([code, stdout]).toEqual([0, "P (all): 1 host\n  w1\nP (all):\n  First\n"]);
});

test("run lists hosts and steps as JSON with --output ndjson", async () => {
  const file = join(temporaryFolder(), "lists.yml");
  writeFileSync(
    file,
    `- name: Blocks
  hosts: all
  steps:
    - { name: First, push: lists, tags: [early, never] }
    - block:
        - { name: Try, run: "erlang:node()", notify: Restart }
      rescue:
        - { name: Tell, fail: gone }
  handlers:
    - { name: Restart, run: "erlang:node()" }
`,
  );
  const selection = ["-i", "w1,w2,", "-l", "w2", "-t", "early,all"];
  const both = await fusionPlay(
    "run",
    file,
    ...selection,
    "--list-steps",
    "--list-hosts",
    "--output",
    "ndjson",
  );
  expect(both).toMatchObject({ code: 0, stdout: expect.stringMatching(/^.*\n$/), stderr: "" });
  const lists = JSON.parse(both.stdout) as unknown;
  isList(lists);
  expect(isList.errors).toBeNull();
  expect(lists).toEqual({
    version: 1,
    plays: [
      {
        name: "Blocks",
        file,
        line: 1,
        pattern: "all",
        hosts: ["w2"],
        steps: [
          { name: "First", kind: "push", tags: ["early", "never"], file, line: 4 },
          {
            name: "block",
            kind: "block",
            block: [{ name: "Try", kind: "run", tags: [], file, line: 6 }],
            rescue: [{ name: "Tell", kind: "fail", tags: [], file, line: 8 }],
            always: [],
            file,
            line: 5,
          },
        ],
        handlers: [{ name: "Restart", kind: "run", tags: [], file, line: 10 }],
      },
    ],
  });
});

test("run lists no more than was asked for as JSON, and no steps of a function", async () => {
  const file = join(temporaryFolder(), "function.ts");
  writeFileSync(
    file,
    'import { play } from "fusion-play";\nexport default play({ name: "P", hosts: "all", steps: async () => {} });\n',
  );
  const listed = async (option: string): Promise<unknown> => {
    const { stdout } = await fusionPlay("run", file, "-i", "w1,", option, "--output", "ndjson");
    const list = JSON.parse(stdout) as { plays: readonly unknown[] };
    isList(list);
    expect(isList.errors).toBeNull();
    return list.plays[0];
  };
  const play = { name: "P", file, line: 2, pattern: "all" };
  expect(await listed("--list-hosts")).toEqual({ ...play, hosts: ["w1"] });
  expect(await listed("--list-steps")).toEqual({ ...play, steps: null, handlers: [] });
});

test("run refuses a --timeout of no time, in which no step could be done", async () => {
  const { code, stderr } = await fusionPlay("run", playbook, "-i", "w1,", "--timeout", "0s");
  expect(code).toBe(3);
  expect(stderr).toContain("'0s' is invalid. It must be longer than nothing.");
});

test.each(["", "a b;c", "-r"])("run refuses to become %j, which is no user", async (user) => {
  const options = ["-i", "w1,", "--list-hosts", "--become-user", user];
  const { code, stderr } = await fusionPlay("run", playbook, ...options);
  expect([code, stderr]).toEqual([
    3,
    expect.stringContaining(`argument '${user}' is invalid. It must be the name`),
  ]);
});

test.each([
  [["run", playbook, "-i", "w1,", "-l", "w1,wbe", "--list-hosts"], ["wbe"]],
  [["run", playbook, "-i", "w1,", "-l", "all:!wbe", "--dry-run"], ["wbe"]],
  [["validate", playbook, "-i", "w1,", "-l", "w1:&all:web*"], ["web*"]],
])("%j tells on standard error what of its patterns names nothing", async (args, parts) => {
  const { stderr } = await fusionPlay(...args);
  expect(stderr).toBe(parts.map((part) => `Not in the inventory: "${part}"\n`).join(""));
});

test.each([
  [["-t", "health,helath"], 'No step has the tag "helath". Did you mean "health"?\n'],
  [["--skip-tags", "nothing", "-t", "tagged"], 'No step has the tag "nothing"\n'],
  [["-t", "health", "--skip-tags", "never"], ""],
])("run %j tells on standard error which tags no step has", async (options, told) => {
  const steps = '[{ block: [{ name: First, run: "erlang:node()" }], tags: health }]';
  const file = join(temporaryFolder(), "tags.yml");
  writeFileSync(file, `{ name: P, hosts: all, steps: ${steps} }\n`);
  const { code, stderr } = await fusionPlay("run", file, "-i", "w1,", ...options, "--list-steps");
  expect([code, stderr]).toEqual([0, told]);
});

const tagged = join(temporaryFolder(), "tagged.yml");
writeFileSync(
  tagged,
  `name: P
hosts: all
steps:
  - { name: A, run: "erlang:node()", tags: a }
  - { name: BC, run: "erlang:node()", tags: "b, c" }
  - { name: None, run: "erlang:node()" }
`,
);

test.each([
  [
    ["--tags", " b , a"],
    ["A  [a]", "BC  [b, c]"],
  ],
  [["--skip-tags", "a, b"], ["None"]],
  [["--tags", "c,", "--tags", ", x"], ["BC  [b, c]"]],
])("run %j takes tags without the spaces around them, as Ansible does", async (options, steps) => {
  const { stdout } = await fusionPlay("run", tagged, "-i", "w1,", ...options, "--list-steps");
  expect(stdout).toBe(["P (all):", ...steps.map((step) => `  ${step}`), ""].join("\n"));
});

test.each([
  ["--tags", ""],
  ["--tags", " , "],
  ["--skip-tags", ""],
])("run refuses %s %j, which names no tag", async (option, value) => {
  const { code, stderr } = await fusionPlay("run", tagged, "-i", "w1,", option, value, "--list-steps");
  expect([code, stderr]).toEqual([
    3,
    expect.stringContaining("It names no tag: leave out the option for all steps."),
  ]);
});

test("run suggests the step that --start-at-step may have meant", async () => {
  const { code, stderr } = await fusionPlay(
    "run",
    playbook,
    "-i",
    "w1,",
    "--start-at-step",
    "frist",
    "--list-steps",
  );
  expect([code, stderr]).toEqual([8, expect.stringContaining('Did you mean "First"?')]);
});

const target = join(temporaryFolder(), "target.yml");
writeFileSync(
  target,
  `
name: Upgrade of \${{ vars.target }}
hosts: \${{ vars.target }}
serial: \${{ vars.batch }}
vars: { batch: 1 }
steps: [{ name: First, run: "erlang:node()", throttle: "\${{ vars.batch }}" }]
`,
);

test.each([
  [["run", "--list-hosts", "-e", "target=w1"], "Upgrade of w1 (w1): 1 host\n  w1\n"],
  [["run", "--list-hosts", "-e", "target=all", "-l", "w2"], "Upgrade of all (all): 1 host\n  w2\n"],
  [["run", "--list-hosts", "-e", "target=all", "--shard", "2/2"], "Upgrade of all (all): 1 host\n  w1\n"],
  [["run", "--list-steps", "-e", '{"target": ["w1", "w2"]}'], 'Upgrade of ["w1","w2"] (w1,w2):\n  First\n'],
  [
    ["run", "--list-steps", "-e", "ansible_password=hunter2", "-e", "target=hunter2"],
    "Upgrade of ******** (********):\n  First\n",
  ],
  [["validate", "-e", "target=w1"], `${target}: ok, 1 play, 1 step\n`],
])("%j chooses the hosts of a play by a variable", async ([command = "", ...options], expected) => {
  const { code, stdout, stderr } = await fusionPlay(command, target, "-i", "w1,w2,", ...options);
  expect([code, stdout, stderr]).toEqual([0, expected, ""]);
});

test("lists in JSON hide secrets in names and patterns", async () => {
  const args = ["-i", "w1,", "-e", "ansible_password=hunter2", "-e", "target=hunter2"];
  const { stdout } = await fusionPlay("run", target, "--list-steps", "--output", "ndjson", ...args);
  expect(JSON.parse(stdout)).toMatchObject({ plays: [{ name: "Upgrade of ********", pattern: "********" }] });
});

test("what is made of a password that is given does not show in names of plays", async () => {
  const file = join(temporaryFolder(), "derived.yml");
  const name = "Login ${{ vars.fusion_password.upperAscii() }}";
  writeFileSync(file, `{ name: "${name}", hosts: all, steps: [{ run: "erlang:node()" }] }\n`);
  const given = ["-i", "w1,", "-e", "fusion_password=hunter2"];
  const { stdout } = await fusionPlay("run", file, ...given, "--list-hosts");
  expect(stdout).toBe("Login ******** (all): 1 host\n  w1\n");
});

test.each([
  [["run", "--list-hosts"], "w1,"],
  [["run", "--dry-run"], "w1,"],
  [["validate"], "w1,"],
  [["validate"], ""],
])("%j hides private answers in patterns that name nothing", async ([command = "", ...options], others) => {
  const file = join(temporaryFolder(), "private.yml");
  const prompts = "[{ name: target, prompt: Which }]";
  const play = `hosts: "${others}\${{ vars.target }}", vars_prompt: ${prompts}, steps: [{ run: "erlang:node()" }]`;
  writeFileSync(file, `{ ${play} }\n`);
  const { stdout, stderr } = await fusionPlay(command, file, "-i", "w1,", "-e", "target=hunter2", ...options);
  expect(stderr).toMatch(/not in the inventory: "?\*{8}/iu);
  expect(stdout + stderr).not.toContain("hunter2");
});

test.each([
  ["run", "--list-hosts"],
  ["run", "--dry-run"],
  ["run", "--list-hosts", "--output", "ndjson"],
  ["validate"],
])("%s %s hides parts of a password in patterns that name nothing", async (command, ...options) => {
  const file = join(temporaryFolder(), "parts.yml");
  const part = "${{ vars.fusion_password.substring(0, 5) }}";
  const variable = "${{ vars.fusion_password.substring(2) }}";
  writeFileSync(
    file,
    `[{ vars: { end: "${variable}" }, hosts: "w1,${part},x\${{ vars.end }}", steps: [{ run: "erlang:node()" }] }]\n`,
  );
  const given = ["-i", "w1,", "-e", "fusion_password=hunter2secret"];
  const { code, stdout, stderr } = await fusionPlay(command, file, ...given, ...options);
  expect([code, stderr]).toEqual([0, expect.stringContaining('Not in the inventory: "x********"')]);
  expect(stdout + stderr).not.toMatch(/hunte|secret/);
});

test("vars shows the variables of a host in a play whose hosts a variable chooses", async () => {
  const args = ["-i", "w1,w2,", "--explain", "batch"];
  const { code, stdout } = await fusionPlay("vars", "w1", target, ...args, "-e", "target=w1");
  expect([code, stdout.includes("batch = 1")]).toEqual([0, true]);
  const missing = await fusionPlay("vars", "w1", target, ...args);
  expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('needs the variable "target"')]);
});

test.each([["run", "--dry-run"], ["run", "--list-steps"], ["validate"]])(
  "%s %s is refused where nothing gives the variable that chooses hosts",
  async (command, ...options) => {
    const { code, stderr } = await fusionPlay(command, target, "-i", "w1,", ...options);
    expect(code).toBe(3);
    expect(stderr).toContain(
      `target.yml:3:8: "hosts" needs the variable "target", whose value is not known before the run`,
    );
  },
);

const everywhere = ["-i", "w1,", "-i", "w2,"];

test.each([
  [["doctor", ",", ...everywhere], 'Cannot read the host pattern ",": it is empty'],
  [["inventory", "--hosts", "", ...everywhere], 'Cannot read the host pattern "": it is empty'],
  [["vars", "", ...everywhere], 'Cannot read the host pattern "": it is empty'],
  [["run", playbook, "--list-hosts", "-l", "", ...everywhere], 'the host pattern "": it is empty'],
  [
    ["run", target, "--list-hosts", "-e", "target=','", ...everywhere],
    "target.yml:3:8: Cannot read the host",
  ],
  [
    ["validate", target, "-e", '{"target": [",", ","]}', ...everywhere],
    'target.yml:3:8: Cannot read the host pattern ",,,"',
  ],
])("%j is refused, where no pattern would be all hosts", async (args, message) => {
  const { code, stdout, stderr } = await fusionPlay(...args);
  expect([code, stdout, stderr]).toEqual([3, "", expect.stringContaining(message)]);
});

test("validate without an inventory asks for no variables", async () => {
  const { code, stdout } = await fusionPlay("validate", target);
  expect([code, stdout]).toEqual([0, `${target}: ok, 1 play, 1 step\n`]);
});

test("run refuses a report that would be written over its journal, before anything is written", async () => {
  const file = join(temporaryFolder(), "both");
  const run = (...more: string[]): ReturnType<typeof fusionPlay> =>
    fusionPlay("run", playbook, "-i", "w1,", "--report", `json=${file}`, ...more);
  const refused = { code: 3, stderr: expect.stringContaining("it is the journal of the run") };
  expect(await run("--journal", file)).toMatchObject(refused);
  expect(await run("--resume", file)).toMatchObject(refused);
  expect(existsSync(file)).toBe(false);
});
