import type { BundleManifest } from "./bundle.ts";

/** A host, as far as it decides whether a bundle runs there; undefined where the host does not tell. */
export interface HostSystem {
  /** What `uname` says: `Linux`, `x86_64`. */
  readonly system: string | undefined;
  readonly machine: string | undefined;
  /** Such as `glibc 2.36` or `musl`. */
  readonly libc: string | undefined;
}

/** What some systems call otherwise. */
const MACHINES: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/**
 * Finds out why a bundle cannot run on a host.
 *
 * @returns text that follows a colon; undefined where it may run
 */
export function bundleMisfit(manifest: BundleManifest, host: HostSystem): string | undefined {
  const { system, machine, libc } = host;
  if (system !== undefined && system !== "Linux") return `it was made for Linux, the host has ${system}`;
  const known = machine === undefined ? undefined : (MACHINES[machine] ?? machine);
  if (known !== undefined && known !== manifest.machine) {
    return `it was made for ${manifest.machine}, the host has ${known}`;
  }
  const [name, version] = libc?.split(" ") ?? [];
  if (name !== undefined && name !== manifest.libc) {
    return `it was made with ${manifest.libc}, the host has ${name}`;
  }
  const { libc_version: needed } = manifest;
  return needed !== null && version !== undefined && isOlder(version, needed)
    ? `it needs ${manifest.libc} ${needed}, the host has ${version}`
    : undefined;
}

/** Whether a version such as `2.31` comes before another one. */
export function isOlder(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major === otherMajor ? minor < otherMinor : major < otherMajor;
}
