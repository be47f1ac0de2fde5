import { access, readdir, readFile, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { findErlang } from "../beam/installation.ts";
import { FusionPlayError } from "../errors.ts";

/** OTP on this machine. */
export interface OtpInstallation {
  /** The folder with `bin`, `lib` and `erts-…`. */
  readonly root: string;
  /** Version of the runtime system: `"13.1.5"`. */
  readonly erts: string;
  /** Release: `"25"`. */
  readonly otp: string;
  /** The folder of each application, by name; of several versions the newest. */
  readonly applications: ReadonlyMap<string, { readonly version: string; readonly folder: string }>;
}

/**
 * Finds OTP in a folder, or the one whose `erl` is in PATH.
 *
 * @param folder where it was installed: the folder with `bin/erl`, or one above `lib/erlang`
 * @throws {FusionPlayError} `RUNTIME_INVALID`
 */
export async function otpInstallation(
  folder: string | undefined,
  signal: AbortSignal,
): Promise<OtpInstallation> {
  if (folder !== undefined) {
    for (const root of [folder, join(folder, "lib", "erlang"), join(folder, "lib64", "erlang")]) {
      const found = await installationIn(root);
      if (found !== undefined) return found;
    }
    throw unusable(folder, "it has no erts-… beside lib");
  }
  const erlang = await findErlang(signal);
  const root = erlang === undefined ? undefined : dirname(erlang.libraryFolder);
  const found = root === undefined ? undefined : await installationIn(root);
  if (found !== undefined) return found;
  throw unusable(root ?? "erl", root === undefined ? "it is not in PATH" : "it has no erts-… beside lib");
}

async function installationIn(folder: string): Promise<OtpInstallation | undefined> {
  const root = await realpath(folder).catch(() => folder);
  const names = await readdir(root).catch((): string[] => []);
  const data = await readFile(join(root, "releases", "start_erl.data"), "utf8").catch(() => "");
  const [current = "", otp = ""] = data.trim().split(/\s+/);
  const erts = names.includes(`erts-${current}`) ? current : undefined;
  if (erts === undefined || !(await exists(join(root, `erts-${erts}`, "bin", "beam.smp")))) return undefined;
  return { root, erts, otp, applications: await applicationsIn(join(root, "lib")) };
}

async function applicationsIn(folder: string): Promise<OtpInstallation["applications"]> {
  const found = new Map<string, { version: string; folder: string }>();
  for (const entry of await readdir(folder)) {
    const [, name, version] = /^([a-z][a-z0-9_]*)-([0-9][0-9.]*)$/.exec(basename(entry)) ?? [];
    if (name === undefined || version === undefined) continue;
    const known = found.get(name);
    if (known !== undefined && !isNewer(version, known.version)) continue;
    found.set(name, { version, folder: join(folder, entry) });
  }
  return found;
}

function isNewer(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  const longest = Math.max(a?.length ?? 0, b?.length ?? 0);
  for (let index = 0; index < longest; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function unusable(where: string, state: string): FusionPlayError {
  return new FusionPlayError(`Cannot make a bundle of "${where}": ${state}`, {
    code: "RUNTIME_INVALID",
    hint: "Name the folder of an Erlang installation with --otp",
  });
}
