import { alignSteps, numberSteps } from "../align-steps.ts";
import { errorText } from "../formats/error-text.ts";
import { lineChanges } from "../line-changes.ts";
import { headingsOf } from "../step-heading.ts";
import { outcomeOfStep } from "../step-outcome.ts";
import { resultTextLines } from "../step-text.ts";
import type { WrittenHost, WrittenPlay, WrittenReport, WrittenStep } from "../written-report.ts";
import {
  OUTCOMES,
  type PageData,
  type PageExtra,
  type PageHost,
  type PagePlay,
  type PageStep,
} from "./page-data.ts";
import { PageModules } from "./page-modules.ts";
import { PageTexts } from "./page-texts.ts";

/** Makes what the page of a report knows. */
export function makePageData(report: WrittenReport): PageData {
  return new PageDataMaker(report).make();
}

class PageDataMaker {
  readonly #report: WrittenReport;
  readonly #startMs: number;
  readonly #texts = new PageTexts();
  readonly #modules = new PageModules();
  readonly #extras: Map<string, PageExtra> = new Map();
  readonly #extraIndexes: Map<string, number> = new Map();

  constructor(report: WrittenReport) {
    this.#report = report;
    this.#startMs = Date.parse(report.started_at);
  }

  make(): PageData {
    const plays = this.#report.plays.map((play) => this.#play(play));
    return {
      durationMs: this.#report.duration_ms,
      plays,
      texts: this.#texts.all(),
      extras: [...this.#extras.values()],
      modules: this.#modules.all(),
    };
  }

  #play({ name, hosts }: WrittenPlay): PagePlay {
    const numbered = Object.entries(hosts).map(([host, end]) => ({
      host,
      end,
      steps: numberSteps(end.steps),
    }));
    const order = alignSteps(numbered.map(({ steps }) => steps.map(({ key }) => key)));
    const columns = new Map(order.map((key, index) => [key, index]));
    const headingOf = headingsOf(hosts);
    const known = new Map(numbered.flatMap(({ steps }) => steps.map(({ key, step }) => [key, step])));
    return {
      name,
      steps: order.flatMap((key): PageStep[] => {
        const step = known.get(key);
        return step === undefined ? [] : [{ name: headingOf(step), kind: step.kind }];
      }),
      hosts: numbered.map(({ host, end, steps }) => ({
        ...this.#host(host, end, headingOf),
        ...columnsOf(steps.map(({ key }) => columns.get(key) ?? 0)),
      })),
    };
  }

  #host(name: string, end: WrittenHost, headingOf: (step: WrittenStep) => string): Omit<PageHost, "columns"> {
    const { steps, error, facts, runtime, pushed } = end;
    const { modules, bytes, skipped, files, file_bytes } = pushed;
    for (const module of end.fetched ?? []) this.#modules.add(name, module);
    return {
      name,
      status: end.status,
      ...(end.ignored === true ? { ignored: true } : {}),
      ...this.#text("error", error === null ? "" : errorText(error)),
      ...(runtime === null ? {} : { runtime: runtimeText(runtime, end.transport) }),
      pushed: [modules, bytes, skipped, files, file_bytes],
      ...this.#text("facts", facts === undefined ? "" : JSON.stringify(facts, null, 2)),
      phases: (end.phases ?? []).map(({ phase, started_at, duration_ms }) => [
        phase,
        this.#since(started_at),
        tenths(duration_ms),
      ]),
      outcomes: steps.map((step) => OUTCOMES.indexOf(outcomeOfStep(step))),
      starts: steps.map(({ started_at }) => (started_at === undefined ? -1 : this.#since(started_at))),
      durations: steps.map(({ duration_ms }) => tenths(duration_ms)),
      pushes: steps.map(({ push_ms }) => tenths(push_ms ?? 0)),
      results: steps.map((step) => this.#texts.add(resultOf(step)) ?? -1),
      extras: steps.map((step) => this.#extra(name, step, headingOf(step))),
    };
  }

  /** Gives the index of what is to be said of a step besides. */
  #extra(host: string, step: WrittenStep, heading: string): number {
    const { name, attempts, output, error, diff, pushed, pushed_files } = step;
    const notes = notesOf(step);
    const extra: PageExtra = {
      ...this.#text("name", name === heading ? "" : name),
      ...(attempts > 1 ? { attempts } : {}),
      ...this.#text("output", output),
      ...this.#text("error", error === null ? "" : errorText(error)),
      ...this.#text("diff", diff === undefined ? "" : diffText(diff)),
      ...(pushed.length === 0 ? {} : { modules: pushed.map((module) => this.#modules.add(host, module)) }),
      ...(pushed_files.length === 0
        ? {}
        : { files: pushed_files.map(({ application, path, bytes }) => [`${application}/${path}`, bytes]) }),
      ...(notes.length === 0 ? {} : { notes }),
    };
    const key = JSON.stringify(extra);
    if (key === "{}") return -1;
    if (!this.#extras.has(key)) {
      this.#extraIndexes.set(key, this.#extras.size);
      this.#extras.set(key, extra);
    }
    return this.#extraIndexes.get(key) ?? -1;
  }

  #text<Key extends string>(key: Key, text: string): { readonly [K in Key]?: number } {
    const index = this.#texts.add(text);
    return index === undefined ? {} : ({ [key]: index } as { readonly [K in Key]?: number });
  }

  /** What was done before the run was resumed began before it: its time has no place in this run. */
  #since(time: string): number {
    return Math.max(-1, Date.parse(time) - this.#startMs);
  }
}

function columnsOf(columns: readonly number[]): { readonly columns?: readonly number[] } {
  return columns.every((column, index) => column === index) ? {} : { columns };
}

function resultOf(step: WrittenStep): string {
  const asJson = step.printed === undefined && step.items === null;
  return resultTextLines(step, { asJson }).join("\n");
}

function notesOf({ kind, handler, resumed, ran_on, delegated_to, would_run }: WrittenStep): string[] {
  return [
    ...(resumed === true ? ["done before the run was resumed"] : []),
    ...(handler === true ? ["handler"] : []),
    ...(ran_on === undefined ? [] : [`done once, on ${ran_on}`]),
    ...(delegated_to === undefined ? [] : [`worked on ${delegated_to}`]),
    ...(would_run === true ? [`left out, as nothing is to be changed: would ${kind}`] : []),
  ];
}

/** What a function said that it would change; of a `before` and an `after`, the lines that changed. */
function diffText(diff: unknown): string {
  if (typeof diff !== "object" || diff === null || !("before" in diff && "after" in diff))
    return linesOf(diff).join("\n");
  const isTerm = typeof diff.before !== "string" && typeof diff.after !== "string";
  return lineChanges(linesOf(diff.before), linesOf(diff.after), { isTerm })
    .map(({ sign, text }) => `${sign} ${text}`)
    .join("\n");
}

function linesOf(value: unknown): string[] {
  return (typeof value === "string" ? value : JSON.stringify(value, null, 2)).split("\n");
}

function runtimeText(
  { otp, elixir }: NonNullable<WrittenHost["runtime"]>,
  transport: WrittenHost["transport"] = null,
): string {
  const versions = elixir === null ? `OTP ${otp}` : `OTP ${otp}, Elixir ${elixir}`;
  return transport === null ? versions : `${versions}, over ${transport}`;
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
