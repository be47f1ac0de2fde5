import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { atom, binary } from "../../src/etf/term.ts";
import { isJournal } from "../../src/journal/is-journal.ts";
import { JournalFile } from "../../src/journal/journal-file.ts";
import { readJournalLines } from "../../src/journal/journal-line.ts";
import { resumedRun } from "../../src/journal/resumed-plays.ts";
import { toldRun } from "../../src/journal/told-run.ts";
import { maskReport } from "../../src/report/mask-events.ts";
import { Secrets } from "../../src/secrets/secrets.ts";
import { fakeRun, playbookOf, raise, statuses } from "../engine/fake-run.ts";
import { stepReport } from "../report/sample-run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-"));
});
afterAll(() => rm(folder, { recursive: true }));

const DIGEST = { playbooks: "a", modules: "b" };
const secrets = new Secrets();
secrets.add("hidden-value");

function journalAt(name: string, isResumed = false): JournalFile {
  return new JournalFile({
    file: join(folder, name),
    isResumed,
    mask: (entry) => maskReport(entry, secrets),
  });
}

test("a line that was cut off, within a character too, is written over when the run is resumed", async () => {
  const first = journalAt("cut");
  first.begin(DIGEST);
  first.add({ type: "play_begun", play: 0, name: "ä", hosts: ["web1"] });
  expect(first.end()).toEqual([]);
  const whole = await readFile(join(folder, "cut"));
  await appendFile(join(folder, "cut"), whole.subarray(whole.indexOf("\n") + 1, whole.indexOf("ä") + 1));
  const second = journalAt("cut", true);
  second.begin(DIGEST);
  expect(second.end()).toEqual([]);
  const text = await readFile(join(folder, "cut"), "utf8");
  expect(text.startsWith(whole.toString())).toBe(true);
  expect(readJournalLines(text, "cut").map(({ type }) => type)).toEqual(["journal", "play_begun", "journal"]);
});

test("a journal is known by its beginning", async () => {
  journalAt("known").begin(DIGEST);
  await writeFile(join(folder, "report.json"), '{"version":1,"type":"journal"}\n');
  expect(await isJournal(join(folder, "known"))).toBe(true);
  expect(await isJournal(join(folder, "report.json"))).toBe(false);
  expect(await isJournal(join(folder, "missing"))).toBe(false);
});

test("what cannot be written is told at once, or in the end", () => {
  const refuse = (): unknown => journalAt("../../dev/full").begin(DIGEST);
  expect(refuse).toThrow(expect.objectContaining({ code: "FILE_UNREADABLE" }));
  expect(() => journalAt("no/folder")).toThrow(/Cannot write the journal ".*no\/folder": ENOENT/);
});

test.each<[string, string, RegExp]>([
  ["nothing", "", /it is no journal/],
  ["a report", '{"version":1}\n', /it is no journal/],
  ["no JSON", "hosts: all\n", /line 1 is no JSON/],
  ["another version", '{"at":"","type":"journal","version":2}\n', /it has version 2, and 1 is known/],
])("%s is no journal", (_, text, why) => {
  expect(() => readJournalLines(text, "x")).toThrow(why);
});

describe("a journal of somebody else", () => {
  const AT = "2026-01-02T03:04:05.000Z";
  const START = { at: AT, type: "journal", version: 1, digest: DIGEST };
  const PLAY = { at: AT, type: "play_begun", play: 0, name: "p", hosts: ["web1"] };
  const STEP = {
    at: AT,
    type: "step_ended",
    play: 0,
    host: "web1",
    report: stepReport({ name: "A", kind: "run", status: "ok" }),
    data: null,
    vars: {},
  };
  const withReport = (changes: object): object => ({ ...STEP, report: { ...STEP.report, ...changes } });
  // 131, 80: compressed, a gigabyte of it.
  const bomb = Buffer.from([131, 80, 0x40, 0, 0, 0, 0x78, 0x9c]).toString("base64");

  test("is read, where its lines are those of a run", () => {
    const lines = [
      START,
      PLAY,
      STEP,
      START,
      PLAY,
      { ...PLAY, play: 1 },
      { at: AT, type: "host_stopped", play: 1, host: "x" },
    ];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    expect(toldRun(readJournalLines(text, "x")).plays).toHaveLength(2);
  });

  test.each<[string, object | null | number]>([
    ["of a play that is far away", { ...PLAY, play: 4_294_967_290 }],
    ["of a play after the next one", { ...PLAY, play: 2 }],
    ["of a play without a number", { ...PLAY, play: "__proto__" }],
    ["of half a play", { ...PLAY, play: 0.5 }],
    ["of a step in a play that was not begun", { ...STEP, play: 1 }],
    ["of a step in a play without a number", { ...STEP, play: "__proto__" }],
    ["of hosts that are none", { ...PLAY, hosts: "web1" }],
    ["of an unknown type", { at: AT, type: "constructor" }],
    ["that is null", null],
    ["that is a number", 1],
    ["without a time", { ...PLAY, at: 5 }],
    ["with an error that is none", withReport({ error: 5 })],
    ["with items that are none", withReport({ items: [null] })],
    ["with a result that is no term", withReport({ result: { a: 1 } })],
    ["with modules that are none", withReport({ pushed: [{ module: "m" }] })],
    ["with a term that is compressed", withReport({ result: { $term: bomb } })],
    ["with an integer that is none", { ...STEP, data: { $integer: "x" } }],
    ["with variables that are none", { ...STEP, vars: [] }],
    [
      "with no report",
      { at: AT, type: "host_ended", play: 0, host: "web1", memory: { registered: {}, set: {} } },
    ],
  ])("is refused with the number of a line %s", (_, line) => {
    const text = [START, PLAY, line].map((each) => `${JSON.stringify(each)}\n`).join("");
    expect(() => readJournalLines(text, "x")).toThrow(/"x": line 3 is none that a run writes$/);
  });
});

test("secrets stand in no journal, and what may use them is not resumed", async () => {
  const text = `
- hosts: all
  steps:
    - { name: Tell, run: "m:tell()", register: told }
    - { name: Go, run: "m:go(\${{ told }})" }
    - { name: On, run: "m:on()" }
`;
  const file = journalAt("secret");
  await fakeRun(text, {
    inventory: "web1,",
    answer: () => (call) => (call.function === "tell" ? binary("say hidden-value") : 1),
    journal: file,
  });
  file.end();
  const written = await readFile(join(folder, "secret"), "utf8");
  expect(written).not.toContain("hidden-value");
  expect(written).not.toContain(Buffer.from("hidden-value").toString("base64").slice(0, 12));
  const lines = readJournalLines(written, "secret");
  const until = (name: string): ReturnType<typeof resumedRun> => {
    const index = lines.findIndex((line) => line.type === "step_ended" && line.report.name === name);
    return resumedRun(toldRun(lines.slice(0, index + 1)));
  };
  for (const name of ["Tell", "Go"]) {
    await expect(fakeRun(text, { inventory: "web1,", resumed: until(name) })).rejects.toThrow(
      /"Tell" gave on web1 is secret/,
    );
  }
});

test("a step whose name holds a secret is known again, and keeps its name", async () => {
  const playbook = await playbookOf(`
- hosts: all
  steps:
    - block: [{ name: Restart hidden-value, run: "m:restart()" }]
      rescue: [{ name: Tell, run: "m:tell(\${{ failed_step.name }})" }, { name: Go, run: "m:go()" }]
`);
  const file = journalAt("named");
  await fakeRun(playbook, { inventory: "web1,", answer: () => () => raise(atom("down")), journal: file });
  file.end();
  const written = await readFile(join(folder, "named"), "utf8");
  expect(written).not.toContain("hidden-value");
  const resumed = resumedRun(toldRun(readJournalLines(written, "named")));
  const run = await fakeRun(playbook, { inventory: "web1,", resumed });
  expect(statuses(run)).toEqual(["Restart hidden-value: failed", "Tell: ok", "Go: ok"]);
  expect(run.nodes.get("web1")?.calls.map(({ function: name, args }) => [name, args])).toEqual([
    ["tell", [binary("Restart hidden-value")]],
    ["go", []],
  ]);
});

test("what a step with no_log gave, however short, stands in no journal, and nothing that may use it is resumed", async () => {
  const text = `
- hosts: all
  steps:
    - { name: Tell, run: "m:tell()", register: told, no_log: true }
    - { name: Go, run: "m:go()" }
`;
  const file = new JournalFile({ file: join(folder, "no_log"), isResumed: false, mask: (entry) => entry });
  await fakeRun(text, {
    inventory: "web1,",
    answer: () => (call) => (call.function === "tell" ? binary("q7") : 1),
    journal: file,
  });
  file.end();
  const written = await readFile(join(folder, "no_log"), "utf8");
  expect(written).not.toContain("q7");
  expect(written).not.toContain(Buffer.from("q7").toString("base64"));
  const lines = readJournalLines(written, "no_log");
  const told = toldRun(lines.filter((line) => line.type !== "host_ended" && line.type !== "run_ended"));
  await expect(fakeRun(text, { inventory: "web1,", resumed: resumedRun(told) })).rejects.toThrow(
    /"Tell" gave on web1 is secret/,
  );
});

test("an entry that cannot be written does not disturb the run, and is told in the end", () => {
  const file = journalAt("unwritable");
  file.begin(DIGEST);
  const step = stepReport({ name: "A", kind: "run", status: "ok", result: atom("a".repeat(300)) });
  file.add({ type: "step_ended", play: 0, host: "web1", report: step, data: null, vars: {} });
  expect(file.end()).toEqual([expect.objectContaining({ code: "FILE_UNREADABLE" })]);
});
