import type { HostReport, ItemReport, StepReport } from "../engine/report.ts";
import type { RunEvent } from "../engine/run-event.ts";
import type { Data } from "../etf/data.ts";
import { isTermNode, type Term } from "../etf/term.ts";
import { maskData } from "../secrets/mask-data.ts";
import { maskTerm } from "../secrets/mask-term.ts";
import type { Secrets } from "../secrets/secrets.ts";

type OutputEvent = Extract<RunEvent, { type: "step_output" }>;

/** Gives a handler that hands events on without the secrets in them, wherever they stand. */
export function maskEvents(onEvent: (event: RunEvent) => void, secrets: Secrets): (event: RunEvent) => void {
  const held = new HeldOutput(secrets);
  return (event) => {
    if (secrets.isEmpty) return onEvent(event);
    if (event.type === "step_output") {
      const text = held.add(event);
      if (text !== "") onEvent({ ...event, text });
      return;
    }
    if (isEnd(event)) for (const rest of held.finish(event)) onEvent(rest);
    onEvent(maskStrings(event, secrets));
  };
}

/** A report, JSON made of one, or what a journal notes down, without the secrets in it. */
export function maskReport<Whole extends object>(report: Whole, secrets: Secrets): Whole {
  return secrets.isEmpty ? report : maskStrings(report, secrets);
}

type EndEvent = Extract<RunEvent, { type: "step_started" | "step_finished" | "host_finished" }>;

function isEnd(event: RunEvent): event is EndEvent {
  return ["step_started", "step_finished", "host_finished"].includes(event.type);
}

/** Output comes in pieces of any size, so a secret may be in two of them: what may begin one is held back. */
class HeldOutput {
  readonly #secrets: Secrets;
  readonly #held: Map<string, Map<string | null, OutputEvent>> = new Map();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** Takes a piece; gives what can be shown by now. */
  add(event: OutputEvent): string {
    const ofHost = this.#held.get(event.host) ?? new Map<string | null, OutputEvent>();
    this.#held.set(event.host, ofHost);
    const text = (ofHost.get(event.step)?.text ?? "") + event.text;
    const length = this.#secrets.certainLength(text);
    if (length < text.length) ofHost.set(event.step, { ...event, text: text.slice(length) });
    else ofHost.delete(event.step);
    return this.#secrets.mask(text.slice(0, length));
  }

  /** Gives what is left of a host. */
  finish({ host }: EndEvent): OutputEvent[] {
    const left = [...(this.#held.get(host)?.values() ?? [])];
    this.#held.delete(host);
    return left.map((event) => ({ ...event, text: this.#secrets.mask(event.text) }));
  }
}

/** What programs tell events and steps apart by, and what comes from no play. */
const KEPT_KEYS: ReadonlySet<string> = new Set([
  "at",
  "code",
  "elixir",
  "host",
  "kind",
  "language",
  "md5",
  "otp",
  "phase",
  "sha256",
  "started_at",
  "status",
  "type",
]);

/** Keys whose values are data, in which other keys mean nothing. */
const DATA_KEYS: ReadonlySet<string> = new Set(["data", "memory", "vars"]);

type KeyOfTerm<Whole> = {
  [Key in keyof Whole]-?: Term extends Exclude<Whole[Key], null> ? Key : never;
}[keyof Whole];

type TermKey =
  KeyOfTerm<Required<HostReport>> | KeyOfTerm<Required<StepReport>> | KeyOfTerm<Required<ItemReport>>;

/** Keys whose values are terms, also where these are lists and numbers. */
const TERM_KEYS: Readonly<Record<TermKey, true>> = { diff: true, facts: true, result: true };

function maskStrings<Whole extends object>(whole: Whole, secrets: Secrets): Whole {
  const mask = (value: unknown): unknown => {
    if (typeof value === "string") return secrets.mask(value);
    if (Array.isArray(value)) return value.map(mask);
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Uint8Array || isTermNode(value)) return maskTerm(value, secrets);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, maskPart(key, part)]));
  };
  const maskPart = (key: string, part: unknown): unknown => {
    if (part === null || KEPT_KEYS.has(key)) return part;
    if (DATA_KEYS.has(key)) return maskData(part as Data, secrets);
    if (Object.hasOwn(TERM_KEYS, key)) return maskTerm(part as Term, secrets);
    if (key !== "hosts") return mask(part);
    // Hosts are told apart by their names, whatever these are.
    if (typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([host, report]) => [host, mask(report)]));
  };
  return mask(whole) as Whole;
}
