import type { Presence } from "./applications-to-ship.ts";

/** Why a host keeps a module as it is, and how that reads behind the name of the module. */
export const OWN_REASONS = {
  preloaded: "is preloaded into the host's emulator",
  otp: "belongs to the host's OTP",
  elixir: "belongs to the host's Elixir",
  sticky: "is sticky on the host",
} as const;

export type OwnReason = keyof typeof OWN_REASONS;

/** A module of a host that another version would take the place of. */
export interface ReplacedModule {
  readonly md5: string;
  /** Where it lies on the code path of the host; null of one that is loaded. */
  readonly file: string | null;
}

/** What a host says of its code. */
export interface HostCode {
  /** Modules that were asked about, and that the host keeps as they are. */
  readonly own: ReadonlyMap<string, OwnReason>;
  /** Modules that it has loaded in the version that was asked about. */
  readonly current: ReadonlySet<string>;
  /** Modules that it has in another version. */
  readonly replaced: ReadonlyMap<string, ReplacedModule>;
  /** The functions that it was asked for, as `name/arity`, by module. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those that it does not have; `"module"` where it does not have the module either. */
  readonly lacking: ReadonlyMap<string, ReadonlySet<string> | "module">;
  /** How it has applications that it was asked about; those that it does not have are not in the map. */
  readonly applications: ReadonlyMap<string, Presence>;
  /** Of applications whose libraries it cannot load: the first of them and what it was built for, as text. */
  readonly unfit: ReadonlyMap<string, string>;
}
