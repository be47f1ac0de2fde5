import { execFile } from "node:child_process";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface MadeRelease {
  /** Its program. */
  readonly erl: string;
  /** The folder of its applications. */
  readonly lib: string;
}

/** Makes a release of the installed OTP as mix makes it, without the boot script that OTP has. */
export async function makeRelease(release: string): Promise<MadeRelease> {
  const script = 'io:format("~ts~n~ts", [code:root_dir(), erlang:system_info(version)]), halt().';
  const { stdout } = await promisify(execFile)("erl", ["-noshell", "-eval", script]);
  const [root = "", version = ""] = stdout.split("\n");
  const programs = join(release, `erts-${version}`, "bin");
  const lib = join(release, "lib");
  await mkdir(programs, { recursive: true });
  await mkdir(lib);
  await mkdir(join(release, "releases", "1"), { recursive: true });
  for (const name of ["erlexec", "beam.smp", "erl_child_setup", "inet_gethost"]) {
    await symlink(join(root, `erts-${version}`, "bin", name), join(programs, name));
  }
  for (const name of await readdir(join(root, "lib"))) {
    await symlink(join(root, "lib", name), join(lib, name));
  }
  await symlink(join(root, "bin", "start_clean.boot"), join(release, "releases", "1", "start_clean.boot"));
  const lines = [
    "#!/bin/sh",
    'BINDIR=$(cd "$(dirname "$0")" && pwd -P)',
    'ROOTDIR=$(dirname "$(dirname "$BINDIR")")',
    "export BINDIR ROOTDIR EMU=beam PROGNAME=erl",
    'exec "$BINDIR/erlexec" "$@"',
  ];
  await writeFile(join(programs, "erl"), lines.join("\n"), { mode: 0o755 });
  return { erl: join(programs, "erl"), lib };
}
