import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ROOT } from "../../docs/markdown.ts";
import { environment, PROGRAM, type Workspace } from "../workspace.ts";

/** Programs that stand in for others: `npx` finds what is installed without a registry, `dot` is not installed. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "fusion-play": `exec "${process.execPath}" "${PROGRAM}" "$@"`,
  npx: 'shift\nexec fusion-play "$@"',
  dot: 'exec grep "^digraph"',
};

/** What a script left. */
export interface ShellEnd {
  readonly status: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** A shell in which somebody types commands: it stays in the folder in which the last one has left it. */
export interface Shell {
  readonly directory: string;
  run(script: string): Promise<ShellEnd>;
  /** Runs a script, each command of which must end with 0. */
  mustRun(script: string): Promise<void>;
}

/** Opens a shell with `fusion-play` in its `PATH`, in the folder `work` of a workspace, where it is installed. */
export async function openShell(workspace: Workspace, launcher: readonly string[]): Promise<Shell> {
  const { folder } = workspace;
  for (const [name, script] of Object.entries(PROGRAMS)) {
    await workspace.write({ [`bin/${name}`]: `#!/bin/sh\n${script}\n` });
    await chmod(join(folder, "bin", name), 0o755);
  }
  const state = join(folder, "directory");
  const own = environment(workspace);
  const env = { ...own, PATH: `${join(folder, "bin")}:${own["PATH"] ?? ""}` };
  let directory = join(folder, "work");
  let status: number | null = 0;
  const installed = join(directory, "node_modules", "fusion-play");
  await mkdir(dirname(installed), { recursive: true });
  await symlink(ROOT, installed);

  const run = async (script: string): Promise<ShellEnd> => {
    const typed = `exec 2>&1\ntrap 'pwd > "${state}"' EXIT\n(exit ${status ?? 1})\n${script}`;
    const [program, ...args] = [...launcher, "bash", "-c", typed] as const;
    const child = spawn(program, args, { cwd: directory, env, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (output += text));
    [status] = (await once(child, "close")) as [number | null];
    directory = (await readFile(state, "utf8")).trim();
    await rm(state);
    return { status, output };
  };
  return {
    get directory() {
      return directory;
    },
    run,
    async mustRun(script) {
      const { status: ended, output } = await run(`set -e\n${script}`);
      if (ended !== 0) throw new Error(`It ended with ${ended}:\n${script}\n${output}`);
    },
  };
}
