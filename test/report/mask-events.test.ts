import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Atom, binary, MapTerm, tuple } from "../../src/etf/term.ts";
import type { Report } from "../../src/engine/report.ts";
import type { RunEvent } from "../../src/engine/run-event.ts";
import { maskEvents, maskReport } from "../../src/report/mask-events.ts";
import { eventToJson } from "../../src/report/event-json.ts";
import { Secrets } from "../../src/secrets/secrets.ts";
import { hostReport, sampleEvents, stepReport } from "./sample-run.ts";

function secretsOf(...texts: string[]): Secrets {
  const secrets = new Secrets();
  for (const text of texts) secrets.add(text);
  return secrets;
}

const AT = { at: "2026-01-01T00:00:00.000Z", play: "P" } as const;

function output(text: string, host = "web1", step: string | null = "S"): RunEvent {
  return { ...AT, type: "step_output", host, step, text };
}

function started(host: string, step = "next"): RunEvent {
  return { ...AT, type: "step_started", host, step, index: 1 };
}

function finished(host: string, step = "S"): RunEvent {
  const report = stepReport({ name: step, kind: "run", status: "ok" });
  return { ...AT, type: "step_finished", host, step, index: 1, status: "ok", report };
}

function hostFinished(host: string): RunEvent {
  return { ...AT, type: "host_finished", host, status: "ok", report: hostReport({ status: "ok" }) };
}

/** What reporters are told, when a run tells `events`. */
function told(events: readonly RunEvent[], secrets: Secrets): RunEvent[] {
  const seen: RunEvent[] = [];
  const onEvent = maskEvents((event) => seen.push(event), secrets);
  for (const event of events) onEvent(event);
  return seen;
}

function textOf(events: readonly RunEvent[], step: string | null = "S"): string {
  return events
    .map((event) => (event.type === "step_output" && event.step === step ? event.text : ""))
    .join("");
}

describe("maskEvents()", () => {
  test("hides secrets in names of steps, those that are written included", () => {
    const [event] = told(
      [{ ...started("web1"), written_name: "next with abcd" } as RunEvent],
      secretsOf("abcd"),
    );
    expect(event).toMatchObject({ step: "next", written_name: "next with ********" });
  });

  test("hides secrets in names of steps that print as in those of steps that begin", () => {
    const name = "next with abcd";
    const events = told([started("web1", name), output("text", "web1", name)], secretsOf("abcd"));
    expect(events).toMatchObject([{ step: "next with ********" }, { step: "next with ********" }]);
  });

  test("hides secrets in output, however it is cut into pieces, and whatever happens between them", () => {
    const secrets = secretsOf("abcd", "cdxx", "abcdefgh", "xabc");
    const piece = fc.string({
      unit: fc.constantFrom("a", "b", "c", "d", "x", "e", "f", "g", "h"),
      maxLength: 6,
    });
    const text = fc.oneof(piece, fc.constantFrom("abcd", "cdxx", "abcdefgh", "xabc", "ab", "cd"));
    const step = fc.constantFrom("S", "T", null);
    const between = fc.constantFrom([], [started("web1")], [started("web1"), finished("web1", "next")]);
    const part = fc.record({ text, step, between });
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const printed = parts.flatMap(({ text, step, between }) => [output(text, "web1", step), ...between]);
        const events = told([...printed, finished("web1"), hostFinished("web1")], secrets);
        for (const step of ["S", "T", null]) {
          expect(textOf(events, step)).toBe(secrets.mask(textOf(printed, step)));
        }
      }),
    );
  });

  test("holds back no more than what may begin a secret, and hosts apart", () => {
    const secrets = secretsOf("password");
    expect(
      told([output("my pass"), output("word", "web2"), output("age\n"), output("x pas")], secrets),
    ).toEqual([output("my "), output("word", "web2"), output("passage\n"), output("x ")]);
  });

  test("gives what was held back, before a step of that name, the host or the run is told to have ended", () => {
    const secrets = secretsOf("password");
    const begun = [
      output("pas"),
      output("pass", "web1", "T"),
      output("p", "web1", null),
      output("pa", "web2"),
    ];
    const done = finished("web1");
    const left = [output("pass", "web1", "T"), output("p", "web1", null)];
    const [runFinished] = sampleEvents.filter(({ type }) => type === "run_finished");
    if (runFinished === undefined) throw new Error("the sample run does not end");
    expect(told([...begun, started("web1"), finished("web2"), done], secrets)).toEqual([
      started("web1"),
      output("pa", "web2"),
      finished("web2"),
      output("pas"),
      done,
    ]);
    expect(told([...begun, done, hostFinished("web1"), runFinished], secrets)).toEqual([
      output("pas"),
      done,
      ...left,
      hostFinished("web1"),
      output("pa", "web2"),
      runFinished,
    ]);
  });

  test("holds output back until the last of several steps of a name has ended", () => {
    const both = [started("web1", "S"), started("web1", "S")];
    const events = told(
      [...both, output("pw: pass"), finished("web1"), output("word pa"), finished("web1")],
      secretsOf("password"),
    );
    expect(events.slice(2)).toEqual([
      output("pw: "),
      finished("web1"),
      output("******** "),
      output("pa"),
      finished("web1"),
    ]);
  });

  test("changes nothing, when there is no secret", () => {
    expect(told(sampleEvents, new Secrets())).toEqual(sampleEvents);
    expect(told(sampleEvents, secretsOf("nowhere-to-be-found")).map((event) => eventToJson(event))).toEqual(
      sampleEvents.map((event) => eventToJson(event)),
    );
  });

  test("hides secrets in all that events of a run carry, and keeps what they are told apart by", () => {
    const finished = sampleEvents.filter((event) => event.type === "step_finished");
    const secret = finished.flatMap(({ report }) => report.error?.message.slice(0, 12) ?? [])[0] ?? "";
    expect(secret).not.toBe("");
    const events = told(sampleEvents, secretsOf(secret, "step_finished", "failed"));
    expect(events.map(({ type }) => type)).toEqual(sampleEvents.map(({ type }) => type));
    expect(JSON.stringify(events.map((event) => eventToJson(event)))).not.toContain(secret);
    const statuses = (list: readonly RunEvent[]): unknown[] =>
      list.map((event) => ("status" in event ? event.status : undefined));
    expect(statuses(events)).toEqual(statuses(sampleEvents));
  });
});

test("maskReport() hides secrets in a report of a dry run", () => {
  const report = {
    status: "problems",
    plays: [{ hosts: { web1: { problems: [{ message: "no 'hidden-name'" }] } } }],
  };
  expect(maskReport(report, secretsOf("hidden-name", "problems"))).toEqual({
    status: "problems",
    plays: [{ hosts: { web1: { problems: [{ message: "no '********'" }] } } }],
  });
});

test("maskReport() keeps terms and hosts what they are, whatever these are called", () => {
  const told = (text: string): object => ({
    facts: new MapTerm([[binary("os"), binary(text)]]),
    steps: [{ result: [104, 105, tuple(1, new Atom(text))], output: text, items: [{ result: 5 }] }],
  });
  const report = (text: string): object => ({ hosts: { status: told(text), type: told(text) } });
  expect(maskReport(report("hidden-name"), secretsOf("hidden-name", "status", "type"))).toEqual(
    report("********"),
  );
});

test("maskReport() hides secrets in every term of a report, also in a list of characters", () => {
  const report = (text: string): Report => {
    const term = Array.from(`token=${text}`, (character) => character.charCodeAt(0));
    const item = {
      label: "a",
      status: "changed",
      attempts: 1,
      result: term,
      error: null,
      diff: term,
    } as const;
    const step = stepReport({
      name: "S",
      kind: "run",
      status: "changed",
      items: [item],
      result: term,
      diff: term,
    });
    const host = hostReport({ status: "ok", facts: term, steps: [step] });
    return {
      version: 1,
      status: "ok",
      exit_code: 0,
      started_at: AT.at,
      duration_ms: 1,
      plays: [{ name: "P", hosts: { web1: host } }],
    };
  };
  expect(maskReport(report("hidden"), secretsOf("hidden"))).toEqual(report("********"));
});
