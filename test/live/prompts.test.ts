import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { typedTo, type Answer, type Typed } from "../cli/typed.ts";
import { environment, openWorkspace, PROGRAM, type Workspace } from "./workspace.ts";

// Each test starts the program several times, on machines of any speed.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let workspace: Workspace;

beforeAll(async () => {
  workspace = await openWorkspace();
  await workspace.write({ "site.yml": PLAYBOOK });
});

afterAll(() => workspace[Symbol.asyncDispose]());

const PLAYBOOK = `hosts: all
vars_prompt:
  - { name: region, prompt: "Which region?", private: false }
  - { name: token }
steps: [{ run: a:b() }]
`;
/** Nobody answers at this port. */
const RUN = ["run", "site.yml", "-i", "127.0.0.1:1,", "--host-key-checking", "off"];

function typed(answers: readonly Answer[]): Promise<Typed> {
  return typedTo([PROGRAM, ...RUN], answers, { cwd: workspace.folder, env: environment(workspace) });
}

test("a run is refused that would have to ask, when there is no terminal", async () => {
  expect(await workspace.run(...RUN)).toMatchObject({
    exitCode: 3,
    stdout: "",
    stderr:
      'error USAGE: Cannot ask for "region" at site.yml:3:7: standard input is no terminal\n' +
      "  Give its value with --extra-vars region=…\n",
  });
});

test("a run does not ask for what --extra-vars gives, nor a dry run for anything", async () => {
  expect((await workspace.run(...RUN, "-e", "region=north token=x")).exitCode).toBe(4);
  const { exitCode, stderr } = await workspace.run(...RUN, "--dry-run");
  expect([exitCode, stderr]).toEqual([7, ""]);
});

test.each<[string, Answer[], number]>([
  ["shown", [["Which region?: ", "\u0004"]], 3],
  [
    "private",
    [
      ["Which region?: ", "north\r"],
      ["token: ", "ab\u0004"],
    ],
    3,
  ],
  ["shown, with Ctrl-C", [["Which region?: ", "\u0003"]], 130],
  [
    "private, with Ctrl-C",
    [
      ["Which region?: ", "n\r"],
      ["token: ", "\u0003"],
    ],
    130,
  ],
])("a prompt ends the command when nothing is typed: %s", async (_, answers, code) => {
  const { exitCode, shown } = await typed(answers);
  expect([exitCode, shown.includes("Cannot go on: no value was typed")]).toEqual([code, code === 3]);
});

test.each([
  ["Ctrl-C", "\u0003", 130, /Which region\?: (?:\^C)?\r\nerror CANCELLED: /],
  ["Ctrl-D", "\u0004", 3, /Which region\?: \r\nerror USAGE: /],
])("%s at a prompt ends the command, and the line of the prompt", async (_, key, code, lines) => {
  const { exitCode, shown } = await typed([["Which region?: ", key]]);
  expect([exitCode, shown]).toEqual([code, expect.stringMatching(lines)]);
});

test("a prompt shows what is typed unless it is private, and the run goes on", async () => {
  const { exitCode, shown } = await typed([
    ["Which region?: ", "north\r"],
    ["token: ", "very private\r"],
  ]);
  expect(exitCode).toBe(4);
  expect(shown).toContain("Which region?: north");
  expect(shown).not.toContain("very private");
});
