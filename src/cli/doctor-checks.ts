import type { FusionPlayError } from "../errors.ts";
import type { TransportChoice } from "../inventory/inventory.ts";
import type { HostProbe } from "../remote/probe-host.ts";
import type { CheckName, DoctorCheck, DoctorFacts, DoctorHost } from "../report/doctor-report.ts";
import { bundleMisfit } from "../runtime/bundle-misfit.ts";
import type { Bundle } from "../runtime/bundle.ts";
import { formatBytes, formatDuration } from "../report/quantity.ts";

/** The first release of OTP that has all that is needed. */
const OLDEST_OTP = 23;
/** Clocks that differ by more make certificates and logs hard to trust. */
const CLOCK_LIMIT_MS = 5000;
/** A runtime of one's own takes some 30 MB. */
const FREE_LIMIT_BYTES = 100_000_000;

const UNKNOWN: DoctorFacts = {
  user: null,
  login: null,
  become: null,
  forwarding: null,
  system: null,
  machine: null,
  libc: null,
  erl: null,
  otp: null,
  architecture: null,
  elixir: null,
  clock_ahead_ms: null,
  cache_folder: null,
  cache_free_bytes: null,
};

/** What a host looks like that could not be asked. */
export function unreachableHost(error: FusionPlayError): DoctorHost {
  return { status: "unreachable", checks: [failed("ssh", error)], facts: UNKNOWN };
}

/**
 * Judges what a host has told.
 *
 * @param bundle the runtime that it is brought, if any
 */
export function hostChecks(
  probe: HostProbe,
  { bundle, transport = "auto", isHeld = false }: HostSettings = {},
): DoctorHost {
  const checks = [
    loginCheck(probe, isHeld),
    forwardingCheck(probe, transport),
    ...becomeCheck(probe),
    ...commandChecks(probe, bundle),
  ];
  const isFailed = checks.some(({ status }) => status === "failed");
  return { status: isFailed ? "failed" : "ok", checks, facts: factsOf(probe) };
}

/** What else is known of a host, most of it from the inventory. */
export interface HostSettings {
  /** Whether the connection is one that an earlier run has left. @default false */
  readonly isHeld?: boolean;
  /** The runtime that it is brought. @default none */
  readonly bundle?: Pick<Bundle, "file" | "manifest"> | undefined;
  /** @default "auto" */
  readonly transport?: TransportChoice | undefined;
}

function ok(name: CheckName, found: string): DoctorCheck {
  return { name, status: "ok", found, code: null, hint: null };
}

function warning(name: CheckName, found: string, hint: string): DoctorCheck {
  return { name, status: "warning", found, code: null, hint };
}

function failed(name: CheckName, { message, code, hint = "" }: FailedCheck): DoctorCheck {
  return { name, status: "failed", found: message, code, hint: hint === "" ? null : hint };
}

type FailedCheck = Pick<FusionPlayError, "message" | "code"> & { readonly hint?: string | undefined };

function loginCheck({ login }: HostProbe, isHeld: boolean): DoctorCheck {
  return ok("ssh", `${login.user}, with ${login.proof}${isHeld ? "; a held session" : ""}`);
}

function forwardingCheck({ noForwarding }: HostProbe, transport: TransportChoice): DoctorCheck {
  if (noForwarding === undefined) return ok("forwarding", "both ways");
  const { code, message, hint = "" } = noForwarding;
  if (transport === "stdio") return ok("forwarding", "none, and not needed: the transport is stdio");
  return transport === "auto" && code === "SSH_FORWARDING_REFUSED"
    ? warning("forwarding", `${message}; stdio is used instead`, hint)
    : failed("forwarding", noForwarding);
}

/** Only where the BEAM runs as another user. */
function becomeCheck(probe: HostProbe): DoctorCheck[] {
  const { become, noCommands } = probe;
  if (become === undefined) return [];
  if (noCommands !== undefined && hasNotBecome(probe)) return [failed("become", noCommands)];
  return [ok("become", `${become.user}, with ${become.method}`)];
}

function hasNotBecome({ noCommands }: HostProbe): boolean {
  return noCommands?.code === "BECOME_FAILED";
}

function commandChecks(
  probe: HostProbe,
  bundle: Pick<Bundle, "file" | "manifest"> | undefined,
): DoctorCheck[] {
  const { noCommands, system, machine, libc } = probe;
  if (noCommands !== undefined) return hasNotBecome(probe) ? [] : [failed("commands", noCommands)];
  const found = [[system, machine].filter((word) => word !== undefined).join(" "), libc ?? "unknown libc"];
  return [
    ok("commands", found.join(", ")),
    ...(bundle === undefined ? [erlangCheck(probe), ...elixirCheck(probe)] : [bundleCheck(probe, bundle)]),
    clockCheck(probe),
    cacheCheck(probe),
  ];
}

function erlangCheck({ erlang }: HostProbe): DoctorCheck {
  switch (erlang?.state) {
    case "works":
      return Number.parseInt(erlang.otp, 10) >= OLDEST_OTP
        ? ok("erlang", `OTP ${erlang.otp}, ${erlang.path}`)
        : failed("erlang", {
            message: `OTP ${erlang.otp}, ${erlang.path}`,
            code: "ERL_TOO_OLD",
            hint: `Upgrade Erlang on the host to OTP ${OLDEST_OTP} or newer, or point fusion_erl to one that is`,
          });
    case "broken":
      return failed("erlang", {
        message: `${erlang.path} does not work: ${erlang.why}`,
        code: "BOOT_FAILED",
        hint: "Start erl on the host to see what is wrong with it, and check fusion_erl if it is set",
      });
    case "missing":
    case undefined:
      return failed("erlang", {
        message: `erl is not there: looked in ${erlang?.lookedIn ?? "nothing"}`,
        code: "ERL_NOT_FOUND",
        hint: "Install Erlang on the host, set fusion_erl to the path of erl, or bring a runtime: fusion-play bundle",
      });
  }
}

function bundleCheck(probe: HostProbe, { file, manifest }: Pick<Bundle, "file" | "manifest">): DoctorCheck {
  const misfit = bundleMisfit(manifest, probe);
  if (misfit === undefined) return ok("erlang", `OTP ${manifest.otp}, brought: ${file}`);
  return failed("erlang", {
    message: `${file} does not fit: ${misfit}`,
    code: "ARCHITECTURE_MISMATCH",
    hint: "Make a bundle on a machine like the host: fusion-play bundle",
  });
}

/** Only Erlang can tell. */
function elixirCheck({ erlang, elixir }: HostProbe): DoctorCheck[] {
  if (erlang?.state !== "works") return [];
  const found = elixir === undefined ? undefined : `${elixir.version}, ${elixir.root}`;
  return [ok("elixir", found ?? "none; what code needs of it is shipped")];
}

function clockCheck({ clockAheadMs }: HostProbe): DoctorCheck {
  if (clockAheadMs === undefined) return warning("clock", "the host does not tell", "Check date on the host");
  if (clockAheadMs === 0) return ok("clock", "in step");
  const found = `${formatDuration(Math.abs(clockAheadMs))} ${clockAheadMs > 0 ? "ahead" : "behind"}`;
  return Math.abs(clockAheadMs) <= CLOCK_LIMIT_MS
    ? ok("clock", found)
    : warning("clock", found, "Set the clock of the host, or of this machine: check NTP on both");
}

function cacheCheck({ cache }: HostProbe): DoctorCheck {
  if (cache === undefined) return warning("cache", "the host does not tell", "Check HOME of the user");
  const { folder, isWritable, freeBytes } = cache;
  const free = freeBytes === undefined ? "" : `${formatBytes(freeBytes)} free in `;
  if (!isWritable) {
    const hint = "Only a runtime that is brought needs it: set XDG_CACHE_HOME of the user to another folder";
    return warning("cache", `${folder} cannot be written`, hint);
  }
  return freeBytes !== undefined && freeBytes < FREE_LIMIT_BYTES
    ? warning("cache", `${free}${folder}`, "Make room on the file system of the folder")
    : ok("cache", `${free}${folder}`);
}

function factsOf(probe: HostProbe): DoctorFacts {
  const { login, noForwarding, erlang, elixir, cache } = probe;
  const works = erlang?.state === "works" ? erlang : undefined;
  return {
    user: login.user,
    login: login.proof,
    become: probe.become?.user ?? null,
    forwarding: noForwarding === undefined,
    system: probe.system ?? null,
    machine: probe.machine ?? null,
    libc: probe.libc ?? null,
    erl: erlang?.state === "works" || erlang?.state === "broken" ? erlang.path : null,
    otp: works?.otp ?? null,
    architecture: works?.architecture ?? null,
    elixir: elixir?.version ?? null,
    clock_ahead_ms: probe.clockAheadMs ?? null,
    cache_folder: cache?.folder ?? null,
    cache_free_bytes: cache?.freeBytes ?? null,
  };
}
