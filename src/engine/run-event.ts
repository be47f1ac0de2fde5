import type { ConnectPhase, Transport } from "./remote-node.ts";
import type {
  HostReport,
  HostStatus,
  PushedFile,
  PushedModule,
  Report,
  RunStatus,
  StepReport,
  StepStatus,
  WrittenName,
} from "./report.ts";

/** Everything a run tells the outside; the engine never prints. `at` is an ISO 8601 time. */
export type RunEvent =
  | { type: "run_started"; at: string; playbooks: readonly string[] }
  /** `steps` is how many a host has to do at most, handlers aside; absent where they are a function. */
  | { type: "play_started"; at: string; play: string; hosts: readonly string[]; steps?: number }
  | { type: "host_connecting"; at: string; play: string; host: string; phase: ConnectPhase }
  | {
      type: "host_connected";
      at: string;
      play: string;
      host: string;
      otp: string;
      elixir: string | null;
      transport: Transport;
      /** An earlier run has left it; absent otherwise. */
      reused?: true;
    }
  /** The connection to the host was lost, and is made again. */
  | { type: "host_reconnecting"; at: string; play: string; host: string; reason: string }
  | { type: "host_reconnected"; at: string; play: string; host: string; away_ms: number }
  | ({
      type: "step_started";
      at: string;
      play: string;
      host: string;
      step: string;
      index: number;
    } & WrittenName)
  | ({ type: "module_pushed"; at: string; play: string; host: string; step: string | null } & PushedModule)
  | ({ type: "file_pushed"; at: string; play: string; host: string; step: string } & PushedFile)
  | { type: "step_output"; at: string; play: string; host: string; step: string | null; text: string }
  | { type: "step_retried"; at: string; play: string; host: string; step: string; attempt: number }
  | {
      type: "step_finished";
      at: string;
      play: string;
      host: string;
      step: string;
      index: number;
      status: StepStatus;
      report: StepReport;
    }
  | {
      type: "host_finished";
      at: string;
      play: string;
      host: string;
      status: HostStatus;
      report: HostReport;
    }
  /** The run was stopped. Steps below `always` of blocks that were begun are still done, for so long at most. */
  | { type: "run_stopping"; at: string; always_ms: number }
  | { type: "run_finished"; at: string; status: RunStatus; exit_code: number; report: Report };
