import { describe, expect, test } from "vitest";
import type { HostReport, Report, StepReport } from "../../src/engine/report.ts";
import { atom, binary, MapTerm, Pid, type Term, tuple } from "../../src/etf/term.ts";
import { foldedResultLines } from "../../src/report/folded-results.ts";
import { renderLine } from "../../src/report/line.ts";
import { displayWidth } from "../../src/report/display-width.ts";
import { hostReport, sampleReport, stepReport } from "./sample-run.ts";

interface Shown {
  readonly width?: number;
  readonly verbosity?: number;
  readonly unicode?: boolean;
}

function shown(
  hosts: Readonly<Record<string, readonly Partial<StepReport>[]>>,
  { width = 80, verbosity = 0, unicode = true }: Shown = {},
): string {
  const reports = Object.entries(hosts).map(([host, steps]): [string, HostReport] => [
    host,
    hostReport({
      status: "ok",
      steps: steps.map((step) => stepReport({ name: "Collect", kind: "run", status: "ok", ...step })),
    }),
  ]);
  const report: Report = { ...sampleReport, plays: [{ name: "Play", hosts: Object.fromEntries(reports) }] };
  return foldedResultLines(report, { width, verbosity })
    .map((line) => renderLine(line, { color: false, unicode }))
    .join("\n");
}

/** As many hosts as one likes, each with what `stepsOf` gives for its number. */
function fleet(
  count: number,
  stepsOf: (index: number) => readonly Partial<StepReport>[],
): Record<string, readonly Partial<StepReport>[]> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `web${String(index + 1).padStart(String(count).length, "0")}`,
      stepsOf(index + 1),
    ]),
  );
}

function status(text: string): MapTerm {
  return new MapTerm([[atom("status"), binary(text)]]);
}

function health(memory: number, text: string): MapTerm {
  return new MapTerm([
    [atom("memory_mb"), memory],
    [atom("kernel"), binary("6.1.0-37-amd64")],
    [atom("status"), binary(text)],
    [atom("disks"), [tuple(binary("/"), 40)]],
  ]);
}

test("foldedResultLines() has hosts with the same result together, what most gave first and failures last", () => {
  const error = { code: "ASSERTION_FAILED", message: "only 12 MB\nof 40", hint: null } as const;
  const hosts = fleet(20, (index) => [
    index === 19
      ? { status: "failed", error }
      : { status: "ok", result: status(index === 2 ? "degraded" : "ok") },
  ]);
  expect(shown(hosts)).toMatchInlineSnapshot(`
    "RESULTS
      Collect
        web[01,03-18,20]  ok      %{status: "ok"}
        web02             ok      %{status: "degraded"}
        web19             failed  ASSERTION_FAILED: only 12 MB"
  `);
});

test("foldedResultLines() compares what is longer with what most hosts gave", () => {
  const error = { code: "STEP_FAILED", message: "failed_when holds", hint: null } as const;
  const hosts = fleet(6, (index) => [
    index === 5
      ? { status: "failed", error, result: health(2, "bad") }
      : { result: health(index === 3 ? 99 : 15, "ok") },
  ]);
  expect(shown(hosts)).toMatchInlineSnapshot(`
    "RESULTS
      Collect
        web[1-2,4,6]  ok
          %{
            disks: [{"/", 40}],
            kernel: "6.1.0-37-amd64",
            memory_mb: 15,
            status: "ok"
          }
        web3          ok
            …
              disks: [{"/", 40}],
              kernel: "6.1.0-37-amd64",
          -   memory_mb: 15,
          +   memory_mb: 99,
              status: "ok"
            }
        web5          failed  STEP_FAILED: failed_when holds
            …
              disks: [{"/", 40}],
              kernel: "6.1.0-37-amd64",
          -   memory_mb: 15,
          -   status: "ok"
          +   memory_mb: 2,
          +   status: "bad"
            }"
  `);
});

test("foldedResultLines() writes terms as the language of the step does", () => {
  const hosts = fleet(2, () => [
    { name: "Elixir", result: status("ok") },
    { name: "Erlang", language: "erlang", result: status("ok") },
  ]);
  expect(shown(hosts)).toMatchInlineSnapshot(`
    "RESULTS
      Elixir
        web[1-2]  ok  %{status: "ok"}
      Erlang
        web[1-2]  ok  #{status => <<"ok">>}"
  `);
});

test("foldedResultLines() compares texts line by line", () => {
  const hosts = fleet(3, (index) => [
    {
      result: binary(
        `Filesystem  Size  Used\n/dev/sda1   40G   ${index === 2 ? 39 : 20}G\ntmpfs        2G    1G\nnone         0G    0G\n`,
      ),
    },
  ]);
  expect(shown(hosts)).toMatchInlineSnapshot(`
    "RESULTS
      Collect
        web[1,3]  ok
          "Filesystem  Size  Used\\n
           /dev/sda1   40G   20G\\n
           tmpfs        2G    1G\\n
           none         0G    0G\\n"
        web2      ok
            "Filesystem  Size  Used\\n
          -  /dev/sda1   40G   20G\\n
          +  /dev/sda1   40G   39G\\n
             tmpfs        2G    1G\\n
             none         0G    0G\\n""
  `);
});

test("foldedResultLines() shows the result itself where it has nothing in common with the others", () => {
  const hosts = fleet(3, (index) => [
    { result: index === 2 ? tuple(atom("none"), binary("there is nothing here at all")) : health(15, "ok") },
  ]);
  expect(shown(hosts)).toContain('web2      ok\n      {:none, "there is nothing here at all"}');
});

test("foldedResultLines() tells the items of a loop by their labels", () => {
  const item = (label: string, result: Term | null) => ({
    label,
    status: "ok" as const,
    attempts: 1,
    result,
    error: null,
  });
  const hosts = fleet(3, (index) => [
    { items: [item("a", 1), item("b", index === 3 ? 3 : 2), item("c", 3), item("d", null)] },
    { name: "Nothing", items: [item("a", null)] },
  ]);
  expect(shown(hosts)).toMatchInlineSnapshot(`
    "RESULTS
      Collect
        web[1-2]  ok
          a: ok
            1
          b: ok
            2
          c: ok
            3
          d: ok
        web3      ok
            …
              1
            b: ok
          -   2
          +   3
            c: ok
              3
            …"
  `);
});

test("foldedResultLines() counts the steps of a name one by one, and names the play where there are several", () => {
  const hosts = (text: string): HostReport =>
    hostReport({
      status: "ok",
      steps: ["a", text].map((result) =>
        stepReport({ name: "Read", kind: "run", status: "ok", result: binary(result) }),
      ),
    });
  const play = { name: "One", hosts: { web1: hosts("b"), web2: hosts("c") } };
  const lines = foldedResultLines(
    { ...sampleReport, plays: [play, { name: "Two", hosts: {} }] },
    { width: 80, verbosity: 0 },
  );
  expect(lines.map((line) => renderLine(line, { color: false, unicode: true }))).toEqual([
    "RESULTS",
    "  One | Read",
    '    web[1-2]  ok  "a"',
    "  One | Read",
    '    web1  ok  "b"',
    '    web2  ok  "c"',
  ]);
});

describe("foldedResultLines() shows nothing", () => {
  test.each<[string, Record<string, readonly Partial<StepReport>[]>]>([
    ["of one host", { web1: [{ result: status("ok") }] }],
    ["where no step gave a result", fleet(3, () => [{ kind: "push" }])],
    ["where all hosts gave what tells nothing", fleet(3, () => [{ result: atom("ok") }])],
    [
      "where one host did the step for all",
      fleet(3, (index) => [{ result: status("ok"), ...(index > 1 ? { ran_on: "web1" } : {}) }]),
    ],
    [
      "where all others skipped the step",
      fleet(3, (index) => [index > 1 ? { status: "skipped" } : { result: status("ok") }]),
    ],
    [
      "where all others were stopped",
      fleet(3, (index) => [
        index > 1
          ? { status: "failed", error: { code: "CANCELLED", message: "The run was stopped", hint: null } }
          : { result: status("ok") },
      ]),
    ],
  ])("%s", (_, hosts) => {
    expect(shown(hosts)).toBe("");
  });
});

test("foldedResultLines() shows with -v what tells nothing as well", () => {
  const hosts = fleet(3, () => [{ result: atom("ok") }]);
  expect(shown(hosts, { verbosity: 1 })).toBe("RESULTS\n  Collect\n    web[1-3]  ok  :ok");
});

test("foldedResultLines() takes results for the same that differ in numbers of processes only, and hosts' own names in messages", () => {
  const hosts = fleet(2, (index) => [
    { result: tuple(atom("ok"), new Pid("a@b", 80 + index, 0, index)) },
    {
      status: "ignored",
      error: { code: "STEP_FAILED", message: `no disk on web${index}`, hint: null },
      result: 1,
    },
  ]);
  const text = shown(hosts);
  expect(text).toContain("web[1-2]  ok  {:ok, #PID<…>}");
  expect(text).toContain("web[1-2]  ignored  STEP_FAILED: no disk on <host>");
});

test("foldedResultLines() tells results apart that begin alike for more characters than are printed", () => {
  const hosts = fleet(3, (index) => [{ result: binary(`${"x".repeat(20_000)}${index === 2 ? "a" : "b"}`) }]);
  expect(shown(hosts)).toMatch(/web\[1,3\] .*\n.*\n +web2 /);
});

describe("foldedResultLines() stays short, whatever 500 hosts give", () => {
  const endless = fleet(500, (index) => [
    ...Array.from({ length: 150 }, (_, step) => ({ name: `Step ${step}`, result: status(`${index % 3}`) })),
    { name: "Own", result: binary("x".repeat(index)) },
    {
      name: "Long",
      result: Array.from({ length: 300 }, (_, number) => tuple(number, binary(`${index % 2} ${number}`))),
    },
    {
      name: "Failing",
      status: index % 2 === 0 ? ("ok" as const) : ("failed" as const),
      result: 1,
      error:
        index % 2 === 0
          ? null
          : { code: "STEP_FAILED" as const, message: `failure ${index % 40}`, hint: null },
    },
  ]);

  test.each([
    [0, 65],
    [1, 505],
  ])("verbosity %i: at most %i lines", (verbosity, most) => {
    const text = shown(endless, { verbosity });
    expect(text.split("\n").length).toBeLessThanOrEqual(most);
    expect(text).toContain("  Failing\n");
    expect(text).toMatch(/ … and \d+ more steps \(-v/);
  });

  test("results and failures that are left out are counted", () => {
    const text = shown(endless, { verbosity: 0 });
    expect(text).toContain("    … and 12 more failures, on 146 hosts\n");
    const own = fleet(500, (index) => [{ name: "Own", result: binary("x".repeat(index)) }]);
    expect(shown(own)).toMatch(/web008 .*\n {4}… and 492 more results$/);
  });

  test.each([40, 80, 200])("%i columns: no line is longer", (width) => {
    for (const unicode of [true, false]) {
      for (const line of shown(endless, { width, unicode }).split("\n")) {
        expect(displayWidth(line), line).toBeLessThanOrEqual(width);
      }
    }
  });
});

test("foldedResultLines() lines up names and texts of wide characters, and cuts them to the terminal", () => {
  const hosts = {
    日本語: [{ result: status("ok") }],
    web1: [{ result: binary("漢字".repeat(60)) }],
    web2: [{ result: status("ok") }],
  };
  expect(shown(hosts, { width: 40 })).toMatchInlineSnapshot(`
    "RESULTS
      Collect
        日本語, web2  ok  %{status: "ok"}
        web1          ok
          "漢字漢字漢字漢字漢字漢字漢字漢字…"
  `);
  expect(shown(hosts, { width: 40, unicode: false })).toMatch(/^[\n -~]*$/);
});

test("foldedResultLines() has results of one line beside their hosts, where they have nothing in common", () => {
  const text = shown(
    fleet(3, (index) => [{ result: binary(`a text of more than thirty characters ${index}`) }]),
  );
  expect(text.split("\n").slice(2)).toEqual(
    [1, 2, 3].map((index) => `    web${index}  ok  "a text of more than thirty characters ${index}"`),
  );
});
