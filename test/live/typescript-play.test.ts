import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const HOSTS = ["good", "set", "wrong", "gives_up", "lost"];
let sshd: Sshd;
let workspace: Workspace;
let played: Played;

beforeAll(async () => {
  sshd = await startSshd();
  const host = hostOf(sshd);
  workspace = await openWorkspace({
    all: {
      hosts: Object.fromEntries(HOSTS.map((name) => [name, { ...host, role: `role of ${name}` }])),
      children: { odd: { hosts: { wrong: {}, lost: {} } } },
    },
  });
  await workspace.write({
    "limits.ts": "export const limit: number = 40;\n",
    "fleet.ts": `
import { play } from "fusion-play";
import { limit } from "./limits.ts";

interface Answer { sum: number; words: string[] }
const schema = {
  type: "object",
  properties: { sum: { type: "integer", maximum: limit }, words: { type: "array", items: { type: "string" } } },
  required: ["sum"],
};

export default [play({
  name: "First",
  hosts: "all",
  vars: { colour: "red" },
  async steps(host) {
    if (host.name === "good") {
      const erlang = '#{sum => 4, words => [a, <<"b">>]}';
      const answer = await host.eval<Answer>({ erlang }, { schema, name: "Ask" });
      host.assert(answer.sum + answer.words.length === 6, "typed");
    }
    if (host.name === "set") {
      host.set({ colour: "blue", "given": "too late" });
      host.assert(host.vars["colour"] === "blue" && host.vars["given"] === "early", "set below --extra-vars");
      const odd = host.group("odd");
      host.assert(odd.hosts.map(({ name, vars }) => name + ": " + vars["role"]).join() === "wrong: role of wrong,lost: role of lost", "members");
    }
    if (host.name === "wrong") await host.run("lists:seq(1, 3)", { schema, name: "Ask" });
    if (host.name === "gives_up") host.fail("no disk left");
    if (host.name === "lost") host.group("od");
  },
}), play({
  name: "Second",
  hosts: "set",
  steps: [{ assert: 'vars.colour == "blue"' }],
})];
`,
  });
  played = await workspace.play("fleet.ts", "-e", "given=early");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("results that satisfy their schema are given, in plain JavaScript", () => {
  expect(played.exitCode, played.stderr).toBe(2);
  expect(hostReport(played, "good")).toMatchObject({
    status: "ok",
    steps: [{ name: "Ask" }, { status: "ok" }],
  });
});

test("host.set() gives variables to the host for the rest of the run, below --extra-vars", () => {
  expect(hostReport(played, "set")).toMatchObject({
    status: "ok",
    steps: [{ status: "ok" }, { status: "ok" }],
  });
  expect(hostReport(played, "set", 1).status).toBe("ok");
});

test("a result that does not satisfy its schema ends the host's part, and says where and why", () => {
  const { status, steps } = hostReport(played, "wrong");
  expect(status).toBe("failed");
  expect(steps.map(({ name, status: step }) => [name, step])).toEqual([
    ["Ask", "ok"],
    [expect.stringMatching(/^schema at fleet\.ts:\d+$/), "failed"],
  ]);
  expect(steps[1]?.error).toMatchObject({
    code: "ASSERTION_FAILED",
    message: "Assertion failed: the result does not satisfy the schema: the value must be object",
  });
});

test("steps stand where the function of the play calls the host", async () => {
  const lines = (await readFile(join(workspace.folder, "fleet.ts"), "utf8")).split("\n");
  const lineOf = (text: string): number => lines.findIndex((line) => line.includes(text)) + 1;
  const places = (host: string): unknown[] =>
    hostReport(played, host).steps.map(({ file, line }) => [file, line]);
  expect(places("good")).toEqual([
    ["fleet.ts", lineOf("host.eval<Answer>")],
    ["fleet.ts", lineOf('"typed"')],
  ]);
  expect(places("wrong")).toEqual([
    ["fleet.ts", lineOf("lists:seq(1, 3)")],
    ["fleet.ts", lineOf("lists:seq(1, 3)")],
  ]);
  expect(places("gives_up")).toEqual([["fleet.ts", lineOf("no disk left")]]);
  expect(played.report?.plays.map(({ file, line }) => [file, line])).toEqual([
    ["fleet.ts", lineOf("export default [play(")],
    ["fleet.ts", lineOf("}), play({")],
  ]);
});

test("host.fail() ends the host's part with its words", () => {
  expect(hostReport(played, "gives_up")).toMatchObject({
    status: "failed",
    steps: [
      {
        name: expect.stringMatching(/^fail at fleet\.ts:\d+$/),
        kind: "fail",
        error: { message: "no disk left" },
      },
    ],
  });
});

test("host.group() suggests the group that was meant", () => {
  expect(hostReport(played, "lost")).toMatchObject({
    status: "failed",
    error: {
      code: "USAGE",
      message: 'Cannot look up the group "od": the inventory has none of that name',
      hint: 'Did you mean "odd"?',
    },
  });
});

test("the stack of an exception points into the files that the play imports, TypeScript or a package", async () => {
  const library = `import { refuse } from "refusing";

interface Options {
  readonly most: number;
}

enum Kind { Small, Large }

export function check<T extends Options>(options: T, found: number): void {
  const kind: Kind = Kind.Large;   if (found > (options.most as number)) throw new RangeError(\`too \${kind}\`);
}

export async function passOn(value: unknown): Promise<never> {
  const text: string = value as string;   return refuse(text);
}
`;
  const play = `import { play } from "fusion-play";
import { check, passOn } from "./trace/library.ts";
type Choice = { readonly deep: boolean };

export default play({
  hosts: "good,set,wrong",
  async steps(host) {
    const choice: Choice = { deep: host.name === "good" } as Choice;
    if (choice.deep) check({ most: 1 } as const, 2);
    if (host.name === "set") await passOn("text" as unknown);
    if (host.name === "wrong") (undefined as unknown as { missing(): void }).missing();
  },
});
`;
  const refusing =
    '// What it does.\nexport function refuse(text) {\n  if (text) throw new TypeError("refused");\n}\n';
  await workspace.write({
    "trace.ts": play,
    "trace/library.ts": library,
    "node_modules/refusing/package.json":
      '{ "name": "refusing", "type": "module", "exports": "./index.js" }\n',
    "node_modules/refusing/index.js": refusing,
  });
  const traced = await workspace.play("trace.ts");
  expect(traced.exitCode, traced.stderr).toBe(2);
  /** The place of a part of a text, as stacks have it. */
  const at = (file: string, text: string, part: string): string => {
    const before = text.slice(0, text.indexOf(part)).split("\n");
    return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  };
  // The calls of what is imported are told by their parentheses.
  const stackOf = (host: string): string => hostReport(traced, host).error?.message ?? "";
  expect(stackOf("good")).toContain("RangeError: too 1\n");
  expect(stackOf("good")).toContain(at("/trace/library.ts", library, "new RangeError"));
  expect(stackOf("good")).toContain(at("/trace.ts", play, "({ most: 1"));
  expect(stackOf("set")).toContain(at("/node_modules/refusing/index.js", refusing, "new TypeError"));
  expect(stackOf("set")).toContain(at("/trace/library.ts", library, "(text)"));
  expect(stackOf("set")).toContain(at("/trace.ts", play, '("text"'));
  expect(stackOf("wrong")).toContain(at("/trace.ts", play, "missing();"));
  expect(stackOf("wrong").split("\n")).toHaveLength(2);
});

test("a play that writes to the console leaves standard output to the run", async () => {
  await workspace.write({
    "talks.ts": `import { play } from "fusion-play";
console.log("while it is read");
export default play({
  hosts: "good",
  async steps(host) {
    console.log("of a host");
    console.table([{ a: 1 }]);
    await host.run("erlang:node()");
  },
});
`,
  });
  const talking = await workspace.run("talks.ts", "-i", "hosts.yml", "--output", "ndjson");
  const lines = talking.stdout.trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toContain("run_finished");
  expect(talking.stderr).toContain("while it is read\nof a host\n");
  expect(talking.exitCode).toBe(0);
});

test("promises that a play does not wait for fail the host whose step failed; another error ends the run", async () => {
  await workspace.write({
    "lost.ts": `import { play, type PlayHost } from "fusion-play";
const restart = async (host: PlayHost): Promise<void> => void (await host.run("erlang:error(boom)"));
export default [play({
  hosts: "good,set",
  async steps(host) {
    if (host.name === "good") restart(host);
    await host.run("timer:sleep(50)");
  },
}), play({
  hosts: "set",
  async steps(host) {
    void (async () => { throw new RangeError("nobody waits"); })();
    await host.run("timer:sleep(60000)");
  },
})];
`,
  });
  const lost = await workspace.play("lost.ts");
  expect(lost.exitCode, lost.stderr).toBe(2);
  expect(hostReport(lost, "good").status).toBe("failed");
  expect(hostReport(lost, "set").status).toBe("ok");
  expect(hostReport(lost, "set", 1).status).toBe("cancelled");
  expect(lost.stderr).toMatch(/No play caught this error:\nRangeError: nobody waits\n.*lost\.ts:12:/);
  expect(lost.stderr).not.toMatch(/bug in fusion-play|dist/);
});

test("a play that ends the process ends no run without a word", async () => {
  await workspace.write({
    "exits.ts": `
import { play } from "fusion-play";
export default play({
  hosts: "good",
  async steps(host) {
    await host.run("erlang:node()");
    process.exit(0);
  },
});
`,
  });
  const { exitCode, stderr } = await workspace.run("exits.ts", "-i", "hosts.yml");
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: The process was ended before fusion-play was done\n.*exits\.ts:7:/);
  expect(stderr).not.toContain("dist");
});

test("what is thrown without being an error, and what ends in a promise of Node.js, is a mistake of the play", async () => {
  const playOf = (mistake: string): string => `import { readFile } from "node:fs/promises";
import { play } from "fusion-play";
export default play({
  hosts: "set",
  async steps(host) {
    ${mistake};
    await host.run("timer:sleep(60000)");
  },
});
`;
  await workspace.write({
    "callback.ts": playOf('setTimeout(() => { throw "a text"; }, 20)'),
    "object.ts": playOf("void Promise.reject({ code: 7 })"),
    "promise.ts": playOf('void readFile("/nowhere/at/all")'),
  });
  for (const [file, told] of [
    ["callback.ts", "a text"],
    ["object.ts", "{ code: 7 }"],
    ["promise.ts", "ENOENT"],
  ] as const) {
    const ended = await workspace.play(file);
    expect(ended.exitCode, ended.stderr).toBe(2);
    expect(ended.stderr).toContain("No play caught this error");
    expect(ended.stderr).toContain(told);
    expect(hostReport(ended, "set").status).toBe("cancelled");
  }
});
