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

function output(text: string, host = "web1", step = "S"): RunEvent {
  return { ...AT, type: "step_output", host, step, text };
}

const started = (host: string): RunEvent => ({ ...AT, type: "step_started", host, step: "next", index: 1 });

/** What reporters are told, when a run tells `events`. */
function told(events: readonly RunEvent[], secrets: Secrets): RunEvent[] {
  const seen: RunEvent[] = [];
  const onEvent = maskEvents((event) => seen.push(event), secrets);
  for (const event of events) onEvent(event);
  return seen;
}

function textOf(events: readonly RunEvent[], host: string): string {
  return events
    .map((event) => (event.type === "step_output" && event.host === host ? event.text : ""))
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

  test("hides secrets in output, however it is cut into pieces", () => {
    const secrets = secretsOf("abcd", "cdxx", "abcdefgh", "xabc");
    const piece = fc.string({
      unit: fc.constantFrom("a", "b", "c", "d", "x", "e", "f", "g", "h"),
      maxLength: 6,
    });
    const pieces = fc.array(fc.oneof(piece, fc.constantFrom("abcd", "cdxx", "abcdefgh", "xabc", "ab", "cd")));
    fc.assert(
      fc.property(pieces, (texts) => {
        const events = told([...texts.map((text) => output(text)), started("web1")], secrets);
        expect(textOf(events, "web1")).toBe(secrets.mask(texts.join("")));
      }),
    );
  });

  test("holds back no more than what may begin a secret, and hosts apart", () => {
    const secrets = secretsOf("password");
    expect(
      told([output("my pass"), output("word", "web2"), output("age\n"), output("x pas")], secrets),
    ).toEqual([output("my "), output("word", "web2"), output("passage\n"), output("x ")]);
    const events = told([output("pas"), output("pass", "web2"), started("web2"), started("web1")], secrets);
    expect(events).toEqual([output("pass", "web2"), started("web2"), output("pas"), started("web1")]);
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
