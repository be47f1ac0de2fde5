import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gunzipSync, constants } from "node:zlib";
import { FusionPlayError } from "../errors.ts";
import { cksum } from "./cksum.ts";
import { firstFile } from "./tar.ts";

/** What a bundle says of itself: `otp/manifest.json`, the first file in it. */
export interface BundleManifest {
  readonly format: 1;
  /** Release of OTP: `"25"`. */
  readonly otp: string;
  /** Version of the runtime system: `"13.1.5"`. */
  readonly erts: string;
  /** As `uname -m` says it: `x86_64`, `aarch64`. */
  readonly machine: string;
  readonly libc: "glibc" | "musl";
  /** The oldest glibc that it runs with; null where it was made with musl. */
  readonly libc_version: string | null;
  /** Versions by name. */
  readonly applications: Readonly<Record<string, string>>;
  /** Names of shared libraries that it brings. */
  readonly libraries: readonly string[];
}

/** A runtime that hosts are brought: `otp.tar.gz`. */
export interface Bundle {
  /** As the user named it. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** In hexadecimal, as `sha256sum` prints it. */
  readonly sha256: string;
  /** What `cksum` prints of it. */
  readonly cksum: string;
  readonly manifest: BundleManifest;
}

/** The folder in a bundle that holds everything. */
export const BUNDLE_FOLDER = "otp";
export const MANIFEST_PATH: string = `${BUNDLE_FOLDER}/manifest.json`;

/** Compressed; the manifest has a few hundred bytes. */
const COMPRESSED_HEAD_BYTES = 64 * 1024;
/** It is held in memory. One with all of OTP has a tenth of that. */
const MAX_BYTES = 1024 * 1024 * 1024;

/**
 * Opens a bundle.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `RUNTIME_INVALID` where it is none
 */
export async function openBundle(file: string): Promise<Bundle> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new FusionPlayError(`Cannot read the runtime "${file}": it cannot be opened`, {
      code: "FILE_UNREADABLE",
      hint: "Make it with fusion-play bundle, and check the path",
      cause,
    });
  });
  if (bytes.byteLength > MAX_BYTES) throw invalid(file, "it has more than 1 GiB");
  return {
    file,
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    cksum: `${cksum(bytes)} ${bytes.byteLength}`,
    manifest: manifestOf(file, bytes),
  };
}

function manifestOf(file: string, bytes: Uint8Array): BundleManifest {
  let text: string | undefined;
  try {
    const head = gunzipSync(bytes.subarray(0, COMPRESSED_HEAD_BYTES), {
      // The rest is missing, and not needed here.
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const first = firstFile(head);
    if (first?.path === MANIFEST_PATH) text = Buffer.from(first.content).toString("utf8");
  } catch (cause) {
    throw invalid(file, "it is no gzip file", cause);
  }
  if (text === undefined) throw invalid(file, `it does not begin with ${MANIFEST_PATH}`);
  const manifest = parse(text);
  if (!isManifest(manifest)) throw invalid(file, "its manifest is not one that this version reads");
  return manifest;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no manifest of ours
  }
}

function isManifest(value: unknown): value is BundleManifest {
  if (typeof value !== "object" || value === null) return false;
  const { format, otp, erts, machine, libc, libc_version, applications, libraries } =
    value as Partial<BundleManifest>;
  return (
    format === 1 &&
    [otp, erts, machine].every((text) => typeof text === "string") &&
    (libc === "glibc" || libc === "musl") &&
    (libc_version === null || typeof libc_version === "string") &&
    typeof applications === "object" &&
    applications !== null &&
    Array.isArray(libraries)
  );
}

function invalid(file: string, state: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot use the runtime "${file}": ${state}`, {
    code: "RUNTIME_INVALID",
    hint: "Make it with fusion-play bundle",
    cause,
  });
}
