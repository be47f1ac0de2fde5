import type { EndedStep } from "../engine/journal-entry.ts";
import type { HostReport, RunStatus, SourcePlace, WrittenName } from "../engine/report.ts";
import type { HostMemory } from "../engine/scope.ts";
import { sourcePlace } from "../engine/source-place.ts";
import { writtenName } from "../engine/written-name.ts";
import type { Step } from "../playbook/playbook.ts";
import type { JournalLine, JournalStart } from "./journal-line.ts";

/** What a journal tells of a run, all of its parts together. */
export interface ToldRun {
  readonly digest: JournalStart["digest"];
  readonly shard: JournalStart["shard"];
  readonly startedAt: string;
  /** Time of the last line. */
  readonly lastAt: string;
  readonly plays: readonly ToldPlay[];
  /** How its last part ended; undefined where it was killed. */
  readonly end: { readonly status: RunStatus; readonly exitCode: number } | undefined;
}

export interface ToldPlay {
  readonly name: string;
  readonly place: SourcePlace;
  /** All hosts of the play that were left when it began. */
  readonly hosts: ReadonlyMap<string, ToldHost>;
}

/** What a journal tells of a host in a play. */
export interface ToldHost {
  readonly runtime: HostReport["runtime"];
  readonly transport: HostReport["transport"];
  /** The steps that ended, in order. */
  readonly steps: readonly ToldStep[];
  /** How many of them ended before the host was stopped, since the play was over; undefined where it was not. */
  readonly stoppedAfter: number | undefined;
  /** Whether the step after those that are done was begun in an earlier part of the run, and not since. */
  readonly wasAtWork: boolean;
  /** The steps that had begun when the run was killed. */
  readonly underWay: readonly BegunStep[];
  readonly end:
    | { readonly report: Omit<HostReport, "steps">; readonly memory: HostMemory; readonly isHidden: boolean }
    | undefined;
}

/** A step that had begun. */
export interface BegunStep extends SourcePlace, WrittenName {
  readonly name: string;
  readonly kind: Step["kind"];
}

export interface ToldStep extends EndedStep {
  /** Whether something that it left was secret, and is not known any longer. */
  readonly isHidden: boolean;
}

type Writable<Whole> = { -readonly [Key in keyof Whole]: Whole[Key] };

interface HostState extends Writable<ToldHost> {
  steps: ToldStep[];
  underWay: BegunStep[];
}

interface PlayState {
  readonly name: string;
  readonly place: SourcePlace;
  readonly hosts: Map<string, HostState>;
}

/** Puts together what the lines of a journal tell. */
export function toldRun(lines: readonly JournalLine[]): ToldRun {
  const plays: PlayState[] = [];
  let digest: JournalStart["digest"] = { playbooks: "", modules: "" };
  let shard: JournalStart["shard"];
  let end: ToldRun["end"];
  for (const line of lines) {
    switch (line.type) {
      case "journal":
        ({ digest, shard } = line);
        end = undefined;
        for (const { hosts } of plays) for (const host of hosts.values()) keepDone(host);
        break;
      case "play_begun": {
        const play = (plays[line.play] ??= { name: line.name, place: sourcePlace(line), hosts: new Map() });
        for (const host of line.hosts) if (!play.hosts.has(host)) play.hosts.set(host, newHost());
        break;
      }
      case "run_ended":
        end = { status: line.status, exitCode: line.exit_code };
        break;
      default: {
        const host = plays[line.play]?.hosts.get(line.host);
        if (host !== undefined) addTo(host, line);
      }
    }
  }
  return { digest, shard, startedAt: lines[0]?.at ?? "", lastAt: lines.at(-1)?.at ?? "", plays, end };
}

function newHost(): HostState {
  return {
    runtime: null,
    transport: null,
    steps: [],
    stoppedAfter: undefined,
    wasAtWork: false,
    underWay: [],
    end: undefined,
  };
}

type HostLine = Extract<JournalLine, { host: string }>;

function addTo(host: HostState, line: HostLine): void {
  switch (line.type) {
    case "host_connected":
      host.runtime = line.runtime;
      host.transport = line.transport;
      return;
    case "step_begun":
      host.underWay.push({ name: line.name, kind: line.kind, ...sourcePlace(line), ...writtenName(line) });
      return;
    case "step_ended": {
      const { report, data, vars, register, once, ends_play, hidden } = line;
      host.wasAtWork = false;
      const begun = host.underWay.findIndex(({ name, kind }) => name === report.name && kind === report.kind);
      if (begun >= 0) host.underWay.splice(begun, 1);
      host.steps.push({
        report,
        data,
        vars,
        ...(register === undefined ? {} : { register }),
        ...(once === undefined ? {} : { once }),
        ...(ends_play === undefined ? {} : { ends_play }),
        isHidden: hidden === true,
      });
      return;
    }
    case "host_stopped":
      host.stoppedAfter ??= host.steps.length;
      return;
    case "host_ended":
      host.end = { report: line.report, memory: line.memory, isHidden: line.hidden === true };
      return;
  }
}

/** Leaves what a part of the run that follows does not do again. */
function keepDone(host: HostState): void {
  if (host.end?.report.status === "ok") return;
  host.wasAtWork = isAtWork(host);
  host.end = undefined;
  host.underWay = [];
  host.steps = doneSteps(host);
  host.stoppedAfter = undefined;
}

/**
 * The steps up to the first that is to be done again: one that failed for good, was cut off, or was not begun as
 * the play was over. All of a host that ended well.
 */
export function doneSteps({ steps, stoppedAfter, end }: ToldHost): ToldStep[] {
  if (end?.report.status === "ok") return [...steps];
  const failed = steps.findIndex(({ report }) => report.status === "failed" && !report.rescued);
  return steps.slice(0, Math.min(stoppedAfter ?? steps.length, failed < 0 ? steps.length : failed));
}

/** Whether a host has begun the step after those that are done. */
export function isAtWork(host: ToldHost): boolean {
  const { steps, stoppedAfter, underWay, wasAtWork } = host;
  const done = doneSteps(host).length;
  return wasAtWork || (stoppedAfter !== done && (underWay.length > 0 || done < steps.length));
}
