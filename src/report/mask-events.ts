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
    for (const told of held.add(event)) onEvent(secrets.isEmpty ? told : maskStrings(told, secrets));
  };
}

/** A report, JSON made of one, or what a journal notes down, without the secrets in it. */
export function maskReport<Whole extends object>(report: Whole, secrets: Secrets): Whole {
  return secrets.isEmpty ? report : maskStrings(report, secrets);
}

/**
 * Output comes in pieces of any size, so a secret may be in two of them: what may begin one is held back, until who
 * printed it has ended. That is a step of that name, of which a host may have several under way, or the host.
 */
class HeldOutput {
  readonly #secrets: Secrets;
  readonly #held: Map<string, Map<string | null, OutputEvent>> = new Map();
  /** How many steps are under way, by host and name. */
  readonly #underWay: Map<string, number> = new Map();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** Takes an event; gives what can be told by now, in order. */
  add(event: RunEvent): readonly RunEvent[] {
    switch (event.type) {
      case "step_output":
        return this.#addOutput(event);
      case "step_started":
        this.#count(event, 1);
        return [event];
      case "step_finished":
        return this.#count(event, -1) > 0 ? [event] : [...this.#takeOfStep(event), event];
      case "host_finished":
        return [...this.#takeOfHost(event.host), event];
      case "run_finished":
        return [...[...this.#held.keys()].flatMap((host) => this.#takeOfHost(host)), event];
      default:
        return [event];
    }
  }

  #addOutput(event: OutputEvent): OutputEvent[] {
    const { host, step } = event;
    if (this.#secrets.isEmpty) return [event];
    const ofHost = this.#held.get(host) ?? new Map<string | null, OutputEvent>();
    this.#held.set(host, ofHost);
    const text = (ofHost.get(step)?.text ?? "") + event.text;
    const length = this.#secrets.certainLength(text);
    if (length < text.length) ofHost.set(step, { ...event, text: text.slice(length) });
    else ofHost.delete(step);
    return length === 0 ? [] : [{ ...event, text: text.slice(0, length) }];
  }

  /** Gives how many steps of the name are under way then. */
  #count({ host, step }: Extract<RunEvent, { type: "step_started" | "step_finished" }>, by: 1 | -1): number {
    const key = `${host}\0${step}`;
    const count = (this.#underWay.get(key) ?? 0) + by;
    if (count > 0) this.#underWay.set(key, count);
    else this.#underWay.delete(key);
    return count;
  }

  #takeOfStep({ host, step }: Extract<RunEvent, { type: "step_finished" }>): OutputEvent[] {
    const ofHost = this.#held.get(host);
    const left = ofHost?.get(step);
    ofHost?.delete(step);
    return left === undefined ? [] : [left];
  }

  #takeOfHost(host: string): OutputEvent[] {
    const left = [...(this.#held.get(host)?.values() ?? [])];
    this.#held.delete(host);
    return left;
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
