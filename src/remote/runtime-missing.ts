import { FusionPlayError } from "../errors.ts";
import type { HostSystem } from "../runtime/bundle-misfit.ts";
import { libcOf } from "./libc.ts";

/** A host has not got the bundle from which it is to boot. */
export class RuntimeMissing extends FusionPlayError {
  /** What the host is. */
  readonly system: HostSystem;

  constructor(host: string, { system, machine, libc }: Readonly<Record<keyof HostSystem, string>>) {
    super(`Cannot boot the BEAM on ${host}: the runtime that was brought there is gone`, {
      code: "BOOT_FAILED",
      hint: "Check that nothing clears the folder of its user's cache at the same time, and run again",
    });
    this.system = { system: system || undefined, machine: machine || undefined, libc: libcOf(libc) };
  }
}
