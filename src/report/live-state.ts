import type { ConnectPhase } from "../engine/remote-node.ts";
import type { RunEvent } from "../engine/run-event.ts";
import { writtenName } from "../engine/written-name.ts";
import type { NamedStep } from "./step-heading.ts";
import type { HostOutcome } from "./status-style.ts";

/** What the live display knows of the play that runs. */
export interface LivePlay {
  readonly name: string;
  readonly total: number;
  readonly startedAt: number;
  /** How many steps a host has to do at most; undefined where that is not known. */
  readonly steps: number | undefined;
  /** Hosts at work, the one that started first first. */
  readonly running: ReadonlyMap<string, RunningHost>;
  /** How the finished hosts ended. */
  readonly outcomes: Readonly<Record<HostOutcome, number>>;
}

export interface RunningHost {
  readonly activity: Activity;
  /** When it began with that, in milliseconds. */
  readonly since: number;
  /** Whether its connection was lost and is made again. */
  readonly isReconnecting?: boolean;
  /** How many steps it has done. */
  readonly done: number;
}

export type Activity =
  | { readonly type: "connecting"; readonly phase: ConnectPhase }
  | { readonly type: "connected" }
  | { readonly type: "step"; readonly step: NamedStep; readonly attempt: number };

/** Follows the events of a run; the play it shows is the last one that started. */
export class LiveState {
  #play: MutablePlay | undefined;

  get play(): LivePlay | undefined {
    return this.#play;
  }

  /** Takes one event in; tells whether the display looks different now. */
  apply(event: RunEvent, now: number): boolean {
    switch (event.type) {
      case "play_started":
        this.#play = newPlay(event, now);
        return true;
      case "host_connecting":
        return this.#running(event.host, { type: "connecting", phase: event.phase }, now);
      case "host_reconnecting":
        return this.#reconnecting(event.host, true);
      case "host_reconnected":
        return this.#reconnecting(event.host, false);
      case "host_connected":
        return this.#running(event.host, { type: "connected" }, now);
      case "step_started":
        return this.#started(event, now);
      case "step_retried":
        return this.#retried(event.host, event.step, event.attempt);
      case "host_finished": {
        const changed =
          event.status === "ok" && event.report.steps.some(({ status }) => status === "changed");
        return this.#finished(event.host, changed ? "changed" : event.status);
      }
      case "run_started":
      case "run_stopping":
      case "module_pushed":
      case "file_pushed":
      case "step_output":
      case "run_finished":
        return false;
      case "step_finished":
        return this.#stepDone(event.host);
    }
  }

  #running(host: string, activity: Activity, now: number): boolean {
    const known = this.#play?.running.get(host);
    // Phases of connecting are one wait for whoever looks on.
    const goesOn = activity.type === "connecting" && known?.activity.type === "connecting";
    this.#play?.running.set(host, {
      activity,
      since: goesOn ? known.since : now,
      done: known?.done ?? 0,
    });
    return true;
  }

  #started(event: Extract<RunEvent, { type: "step_started" }>, now: number): boolean {
    const step = { name: event.step, ...writtenName(event) };
    return this.#running(event.host, { type: "step", step, attempt: 1 }, now);
  }

  #reconnecting(host: string, isReconnecting: boolean): boolean {
    const known = this.#play?.running.get(host);
    if (known === undefined) return false;
    this.#play?.running.set(host, { ...known, isReconnecting });
    return true;
  }

  #retried(host: string, name: string, attempt: number): boolean {
    const known = this.#play?.running.get(host);
    if (known === undefined) return false;
    const { activity } = known;
    const step = activity.type === "step" && activity.step.name === name ? activity.step : { name };
    this.#play?.running.set(host, { ...known, activity: { type: "step", step, attempt } });
    return true;
  }

  #stepDone(host: string): boolean {
    const known = this.#play?.running.get(host);
    if (known === undefined) return false;
    this.#play?.running.set(host, { ...known, done: known.done + 1 });
    return true;
  }

  #finished(host: string, outcome: HostOutcome): boolean {
    if (this.#play === undefined) return false;
    this.#play.running.delete(host);
    this.#play.outcomes[outcome] += 1;
    return true;
  }
}

interface MutablePlay extends LivePlay {
  readonly running: Map<string, RunningHost>;
  readonly outcomes: Record<HostOutcome, number>;
}

function newPlay(
  { play, hosts, steps }: Extract<RunEvent, { type: "play_started" }>,
  startedAt: number,
): MutablePlay {
  const outcomes = { ok: 0, changed: 0, failed: 0, unreachable: 0, skipped: 0, cancelled: 0 };
  return { name: play, total: hosts.length, startedAt, steps, running: new Map(), outcomes };
}
