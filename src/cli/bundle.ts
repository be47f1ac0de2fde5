import { stat, rename, writeFile, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command, Option } from "commander";
import { FusionPlayError } from "../errors.ts";
import { formatBytes } from "../report/quantity.ts";
import type { BundleManifest } from "../runtime/bundle.ts";
import { makeBundle } from "../runtime/make-bundle.ts";
import { otpInstallation } from "../runtime/otp-installation.ts";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";
import { wordsOf } from "./options.ts";

interface BundleOptions {
  readonly output: string;
  readonly apps: readonly string[];
  readonly otp?: string;
}

/** What Elixir needs besides kernel and stdlib. */
const DEFAULT_APPLICATIONS = ["compiler"];

/** `fusion-play bundle`: makes a runtime that hosts without Erlang are brought. */
export function bundleCommand({ stop, exit }: CommandContext): Command {
  return new Command("bundle")
    .description("make a runtime of a local OTP, for hosts without Erlang")
    .addOption(new Option("-o, --output <file>", "the file to write").default("otp.tar.gz"))
    .addOption(
      new Option("--apps <applications>", "applications of OTP besides kernel and stdlib, such as crypto,ssl")
        .default(DEFAULT_APPLICATIONS, DEFAULT_APPLICATIONS.join(","))
        .argParser(wordsOf),
    )
    .addOption(new Option("--otp <folder>", "where OTP is installed (default: that of erl in PATH)"))
    .action(async ({ output, apps, otp }: BundleOptions) => {
      const { signal } = stop;
      const file = resolve(output);
      await checkFolder(output, file);
      const installation = await otpInstallation(otp === undefined ? undefined : resolve(otp), signal);
      const { manifest, bytes } = await makeBundle({ installation, applications: apps, signal });
      await writeWhole(file, bytes);
      process.stdout.write(bundleText(output, bytes.byteLength, manifest));
      exit(EXIT.ok);
    });
}

/** Says that it cannot be written before anything is made. */
async function checkFolder(output: string, file: string): Promise<void> {
  const info = await stat(dirname(file)).catch(() => undefined);
  if (info?.isDirectory() === true) return;
  throw new FusionPlayError(`Cannot write "${output}": its folder is not there`, {
    code: "FILE_UNREADABLE",
    hint: "Make the folder, or name another file with --output",
  });
}

/** Whoever reads the file meanwhile sees the old one or the new one. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, bytes);
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new FusionPlayError(`Cannot write "${file}": ${(cause as Error).message}`, {
      code: "FILE_UNREADABLE",
      hint: "Check the folder, its permissions and the disk",
      cause,
    });
  }
}

function bundleText(file: string, size: number, manifest: BundleManifest): string {
  const { otp, machine, libc, libc_version: version, applications, libraries } = manifest;
  const system = version === null ? libc : `${libc} ${version} or newer`;
  const lines = [
    `${file}: OTP ${otp} for Linux ${machine} with ${system}, ${formatBytes(size)}`,
    `  applications: ${Object.entries(applications)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}`,
    ...(libraries.length === 0 ? [] : [`  libraries: ${libraries.join(", ")}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
