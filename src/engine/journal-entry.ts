import type { Data } from "../etf/data.ts";
import type { Step } from "../playbook/playbook.ts";
import type { HostReport, RunStatus, SourcePlace, StepReport, WrittenName } from "./report.ts";
import type { HostMemory } from "./scope.ts";
import type { Shard } from "./shard.ts";

/** What a run notes down as it goes on, so that it can be explained and resumed. Plays are counted from 0. */
export type JournalEntry =
  | ({
      readonly type: "play_begun";
      readonly play: number;
      readonly name: string;
      readonly hosts: readonly string[];
    } & SourcePlace)
  | ({ readonly play: number; readonly host: string } & HostEntry)
  | {
      readonly type: "run_ended";
      readonly status: RunStatus;
      readonly exit_code: number;
      readonly duration_ms: number;
    };

/** The same of one host, before play and host are added. */
export type HostEntry =
  | ({ readonly type: "host_connected" } & Pick<HostReport, "runtime" | "transport">)
  | ({ readonly type: "step_begun"; readonly name: string; readonly kind: Step["kind"] } & SourcePlace &
      WrittenName)
  | ({ readonly type: "step_ended" } & EndedStep)
  /** It does not begin its next step, since the play is over. What follows stands below `always`. */
  | { readonly type: "host_stopped" }
  | {
      readonly type: "host_ended";
      readonly report: Omit<HostReport, "steps">;
      readonly memory: HostMemory;
    };

/** A step that has ended, and what it left on its host. */
export interface EndedStep {
  readonly report: StepReport;
  /** What later steps see of it. */
  readonly data: Data;
  /** Name that later steps see it by, besides `result`. */
  readonly register?: string;
  /** Variables that it gave to the host. */
  readonly vars: Readonly<Record<string, Data>>;
  /** Where it stands in the play, of a step that is done once for all hosts and was done here. */
  readonly once?: number;
  /** Whether it ended the play for all hosts. */
  readonly ends_play?: true;
}

/** What a run is known again by: hexadecimal sha256. */
export interface PlanDigest {
  /** Of the playbooks, and the names of the steps that were chosen. */
  readonly playbooks: string;
  /** Of the modules that the steps ship. */
  readonly modules: string;
}

/** Gets what is noted down. */
export interface RunJournal {
  /** Called once, before any host is touched. @throws {FusionPlayError} `FILE_UNREADABLE` */
  begin(digest: PlanDigest, shard: Shard | undefined): void;
  /** Must not throw and must not block the run. */
  add(entry: JournalEntry): void;
}
