/** What `fusion-play doctor --json` writes. `schemas/doctor.schema.json` describes it. */
export interface DoctorReport {
  readonly version: 1;
  /** That of the worst host. */
  readonly status: DoctorStatus;
  readonly exit_code: number;
  /** By name, in the order of the inventory. */
  readonly hosts: Readonly<Record<string, DoctorHost>>;
}

/** `failed`: the host can be reached, and plays cannot run there. */
export type DoctorStatus = "ok" | "failed" | "unreachable";

export interface DoctorHost {
  readonly status: DoctorStatus;
  readonly checks: readonly DoctorCheck[];
  readonly facts: DoctorFacts;
}

export type CheckName =
  "ssh" | "forwarding" | "become" | "commands" | "erlang" | "elixir" | "clock" | "cache";

export interface DoctorCheck {
  readonly name: CheckName;
  /** A `warning` is no reason for which plays could not run. */
  readonly status: "ok" | "warning" | "failed";
  /** What was found, on one line. */
  readonly found: string;
  /** Code of the error that a run would end with. */
  readonly code: string | null;
  /** What to try; null where nothing is wrong. */
  readonly hint: string | null;
}

/** What is known of a host; null where it is not. */
export interface DoctorFacts {
  readonly user: string | null;
  /** What the server accepted. */
  readonly login: string | null;
  /** Whom the BEAM runs as, where that is another user. */
  readonly become: string | null;
  readonly forwarding: boolean | null;
  readonly system: string | null;
  readonly machine: string | null;
  readonly libc: string | null;
  /** Path of `erl`. */
  readonly erl: string | null;
  readonly otp: string | null;
  readonly architecture: string | null;
  readonly elixir: string | null;
  /** By how much the clock of the host is ahead, at least. */
  readonly clock_ahead_ms: number | null;
  readonly cache_folder: string | null;
  readonly cache_free_bytes: number | null;
}
