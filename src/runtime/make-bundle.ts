import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { parseApplicationResource } from "../beam/application-resource.ts";
import { readBinaryTarget } from "../beam/binary-target.ts";
import { readChunks } from "../beam/iff.ts";
import { stripBeam } from "../beam/strip-beam.ts";
import { FusionPlayError } from "../errors.ts";
import { runProgram } from "../programs/run-program.ts";
import { BUNDLE_FOLDER, MANIFEST_PATH, type BundleManifest } from "./bundle.ts";
import type { OtpInstallation } from "./otp-installation.ts";
import { neededGlibc, sharedLibraries } from "./shared-libraries.ts";
import { writeTar, type TarEntry } from "./tar.ts";

export interface MakeBundleOptions {
  readonly installation: OtpInstallation;
  /** Names of applications, besides kernel and stdlib; those that they need come along. */
  readonly applications: readonly string[];
  readonly signal: AbortSignal;
}

/** A bundle that was made. */
export interface MadeBundle {
  readonly manifest: BundleManifest;
  /** The compressed archive. */
  readonly bytes: Uint8Array;
}

/** Without these no BEAM boots. */
const ALWAYS = ["kernel", "stdlib"];
/** All that a BEAM starts: programs for development, and those that nothing here needs, stay behind. */
const PROGRAMS = ["beam.smp", "erlexec", "erl_child_setup", "inet_gethost"];
const BOOT_SCRIPT = "no_dot_erlang.boot";
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;
const TRIAL_MS = 30_000;
const MAX_TRIAL_OUTPUT = 64 * 1024;

/**
 * Makes a bundle: an OTP that runs from whatever folder, as small as it can be. It was started once before
 * it is given back.
 *
 * @throws {FusionPlayError} `RUNTIME_INVALID` what cannot be part of a bundle, and why
 */
export async function makeBundle(options: MakeBundleOptions): Promise<MadeBundle> {
  const { installation, signal } = options;
  if (process.platform !== "linux") {
    throw unusable(installation.root, "bundles are made on Linux, for Linux");
  }
  const applications = await withDependencies(installation, [...ALWAYS, ...options.applications]);
  const files = [
    ...(await runtimeSystem(installation)),
    ...(await Promise.all(applications.map((name) => filesOfApplication(installation, name)))).flat(),
  ];
  const binaries = files.filter(({ isBinary }) => isBinary).map(({ from }) => from);
  const libraries = await sharedLibraries(binaries, signal);
  const needed = [...binaries, ...libraries.map(({ file }) => file)];
  const target = await targetOf(join(installation.root, `erts-${installation.erts}`, "bin", "beam.smp"));
  const manifest: BundleManifest = {
    format: 1,
    otp: installation.otp,
    erts: installation.erts,
    ...target,
    libc_version: target.libc === "glibc" ? await neededGlibc(needed) : null,
    applications: Object.fromEntries(
      applications.map((name) => [name, installation.applications.get(name)?.version ?? ""]),
    ),
    libraries: libraries.map(({ name }) => name),
  };
  const entries = withFolders([
    { path: MANIFEST_PATH, content: text(`${JSON.stringify(manifest, null, 2)}\n`), mode: FILE_MODE },
    { path: `${BUNDLE_FOLDER}/bin/erl`, content: text(erlScript(installation)), mode: PROGRAM_MODE },
    ...(await Promise.all(files.map(entryOf))),
    ...(await Promise.all(
      libraries.map(async ({ name, file }) => ({
        path: `${BUNDLE_FOLDER}/erts-${installation.erts}/lib/${basename(name)}`,
        content: await readFile(file),
        mode: FILE_MODE,
      })),
    )),
  ]);
  await tryBundle(entries, installation, signal);
  return { manifest, bytes: gzipSync(writeTar(entries), { level: 9 }) };
}

/** A file of the installation that becomes part of the bundle. */
interface BundledFile {
  readonly from: string;
  /** Below the folder of the bundle. */
  readonly path: string;
  readonly mode: number;
  /** Whether it is a program or a shared library, which may need libraries. */
  readonly isBinary: boolean;
}

async function runtimeSystem({ root, erts, otp }: OtpInstallation): Promise<BundledFile[]> {
  const folder = `erts-${erts}/bin`;
  const boot = await firstThatExists([join(root, "bin"), join(root, "releases", otp)], BOOT_SCRIPT);
  if (boot === undefined) throw unusable(root, `it has no ${BOOT_SCRIPT}`);
  return [
    { from: boot, path: `bin/${BOOT_SCRIPT}`, mode: FILE_MODE, isBinary: false },
    ...PROGRAMS.map((name) => ({
      from: join(root, folder, name),
      path: `${folder}/${name}`,
      mode: PROGRAM_MODE,
      isBinary: true,
    })),
  ];
}

async function firstThatExists(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    if (
      await stat(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

/** Applications with all that they need, sorted. */
async function withDependencies(
  { root, applications }: OtpInstallation,
  names: readonly string[],
): Promise<string[]> {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    const folder = applications.get(name)?.folder;
    if (folder === undefined) throw unusable(root, `it has no application ${name}`);
    found.add(name);
    const resource = parseApplicationResource(await readFile(join(folder, "ebin", `${name}.app`), "utf8"));
    if (typeof resource === "string") throw unusable(root, `${name}.app: ${resource}`);
    const optional = resource.optional.filter((each) => !applications.has(each));
    waiting.push(...resource.applications.filter((each) => !optional.includes(each)), ...resource.included);
  }
  return [...found].toSorted();
}

/** `ebin` and `priv`; what else there is, sources and documentation, is not needed to run. */
async function filesOfApplication({ applications }: OtpInstallation, name: string): Promise<BundledFile[]> {
  const { folder = "", version = "" } = applications.get(name) ?? {};
  const files: BundledFile[] = [];
  for (const part of ["ebin", "priv"]) {
    for (const path of await filesBelow(join(folder, part))) {
      const from = join(folder, part, path);
      // Archives to link with, and what the tests of OTP need.
      if (/\.(a|o|h)$|\/obj\/|otp_test_engine/.test(path)) continue;
      const info = await stat(from);
      files.push({
        from,
        path: `lib/${name}-${version}/${part}/${path}`,
        mode: (info.mode & 0o111) === 0 ? FILE_MODE : PROGRAM_MODE,
        isBinary: (await headOf(from)) !== undefined,
      });
    }
  }
  return files;
}

/** Paths of files, sorted, with links followed. */
async function filesBelow(folder: string, path = ""): Promise<string[]> {
  const names = await readdir(join(folder, path)).catch((): string[] => []);
  const found: string[] = [];
  for (const name of names.toSorted()) {
    const inner = path === "" ? name : `${path}/${name}`;
    const info = await stat(join(folder, inner));
    if (info.isDirectory()) found.push(...(await filesBelow(folder, inner)));
    else if (info.isFile()) found.push(inner);
  }
  return found;
}

type BinaryHead = NonNullable<ReturnType<typeof readBinaryTarget>>;

async function headOf(file: string): Promise<BinaryHead | undefined> {
  if (file.endsWith(".beam") || file.endsWith(".app")) return undefined;
  const bytes = await readFile(file);
  return readBinaryTarget((position, length) => bytes.subarray(position, position + length));
}

async function targetOf(file: string): Promise<Pick<BundleManifest, "machine" | "libc">> {
  const target = await headOf(file);
  const [machine] = target?.machines ?? [];
  if (machine !== undefined && target?.libc !== undefined) return { machine, libc: target.libc };
  throw unusable(file, "it is no program for Linux with glibc or musl");
}

async function entryOf({ from, path, mode }: BundledFile): Promise<TarEntry> {
  const content = await readFile(from);
  return {
    path: `${BUNDLE_FOLDER}/${path}`,
    content: path.endsWith(".beam") ? stripBeam(readChunks(content)) : content,
    mode,
  };
}

/** Puts each folder before what is in it. */
function withFolders(files: readonly TarEntry[]): TarEntry[] {
  const known = new Set<string>();
  return files.flatMap((file) => {
    const parts = file.path.split("/").slice(0, -1);
    const folders = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    // The manifest is to be the first of all.
    const fresh = file.path === MANIFEST_PATH ? [] : folders.filter((folder) => !known.has(folder));
    fresh.forEach((folder) => known.add(folder));
    return [...fresh.map((path) => ({ path, content: undefined, mode: PROGRAM_MODE })), file];
  });
}

/**
 * Starts the runtime from where it lies. Its libraries are told to the dynamic linker by an environment
 * variable, whose former value is kept, as programs that are started by it need that.
 */
function erlScript({ erts }: OtpInstallation): string {
  return [
    "#!/bin/sh",
    `BINDIR=$(cd "\${0%/*}/../erts-${erts}/bin" && pwd -P) || exit 1`,
    `ROOTDIR=\${BINDIR%/erts-${erts}/bin}`,
    "FUSION_PLAY_LIBRARY_PATH=${LD_LIBRARY_PATH-}",
    `LD_LIBRARY_PATH=$ROOTDIR/erts-${erts}/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}`,
    "EMU=beam PROGNAME=erl",
    "export BINDIR ROOTDIR EMU PROGNAME LD_LIBRARY_PATH FUSION_PLAY_LIBRARY_PATH",
    'exec "$BINDIR/erlexec" "$@"',
    "",
  ].join("\n");
}

function text(content: string): Uint8Array {
  return Buffer.from(content, "utf8");
}

/** Starts what was made, from a folder of its own, with all its applications. */
async function tryBundle(
  entries: readonly TarEntry[],
  { root, otp }: OtpInstallation,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-bundle-"));
  try {
    for (const { path, content, mode } of entries) {
      const file = join(folder, path);
      if (content === undefined) await mkdir(file, { recursive: true });
      else {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content, { mode });
      }
    }
    const program = join(folder, BUNDLE_FOLDER, "bin", "erl");
    const args = ["-noshell", "-boot", "no_dot_erlang", "-eval", TRIAL];
    const options = {
      workingDirectory: folder,
      timeoutMs: TRIAL_MS,
      maxOutputBytes: MAX_TRIAL_OUTPUT,
      signal,
    };
    const result = await runProgram(program, args, options);
    if (result.type === "ended" && Buffer.from(result.output).toString() === `ready ${otp}`) return;
    const why = result.type === "ended" ? Buffer.from(result.output).toString() + result.errors : result.type;
    throw unusable(root, `what was made of it does not start: ${why.trim()}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Loads every NIF of crypto, so that a missing library is found here and not on hosts. */
const TRIAL =
  "case code:lib_dir(crypto) of {error, _} -> ok; _ -> crypto:info_lib() end, " +
  'io:format("ready ~ts", [erlang:system_info(otp_release)]), halt(0).';

function unusable(where: string, state: string): FusionPlayError {
  return new FusionPlayError(`Cannot make a bundle of "${where}": ${state}`, {
    code: "RUNTIME_INVALID",
    hint: "Make the bundle on a machine where this Erlang runs, or name another one with --otp",
  });
}
