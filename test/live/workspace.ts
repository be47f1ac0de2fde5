import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DryRunReport } from "../../src/engine/dry-run-report.ts";
import type { Sshd } from "./sshd.ts";
import {
  readEvent,
  readReport,
  type WrittenEvent,
  type WrittenHost,
  type WrittenReport,
} from "./written-by-run.ts";

/** The program, as `npm run build` makes it. */
export const PROGRAM: string = join(import.meta.dirname, "..", "..", "dist", "cli", "main.js");

/** What programs import as `fusion-play`. */
export const PACKAGE: string = pathToFileURL(join(PROGRAM, "..", "..", "index.js")).href;

/** How a command ended. */
export interface Ended {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** How a run ended, and what it wrote. */
export interface Played extends Ended {
  readonly events: readonly WrittenEvent[];
  /** Undefined if none was written. */
  readonly report: WrittenReport | undefined;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Waits until standard output or standard error holds `text`, so many times. @default once */
  said(text: string, times?: number): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** A run of a playbook that goes on. */
export interface Playing extends Omit<Running, "ended"> {
  readonly ended: Promise<Played>;
}

/** A folder in which the program runs, with a home and a cache of its own. */
export interface Workspace extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  /** Writes files, by their path in the folder; what is no text is written as JSON. */
  write(files: Readonly<Record<string, unknown>>): Promise<void>;
  /** Starts the program. */
  start(...args: string[]): Running;
  /** Runs the program to its end. */
  run(...args: string[]): Promise<Ended>;
  /** Runs a script that imports what the package exports. */
  script(file: string): Promise<Ended>;
  /** Starts a playbook on the hosts of `hosts.yml`, with `--output ndjson` and a JSON report. */
  startPlay(playbook: string, ...args: string[]): Playing;
  play(playbook: string, ...args: string[]): Promise<Played>;
  /** Plays dry: without a connection. */
  playDry(playbook: string, ...args: string[]): Promise<PlayedDry>;
  /** Plays dry, and asks the hosts. */
  playDryConnected(playbook: string, ...args: string[]): Promise<PlayedDry>;
}

/** How a dry run ended, and its report. */
export type PlayedDry = Ended & { readonly report: DryRunReport | undefined };

export interface WorkspaceOptions {
  /**
   * Command that runs the program, which it gets as arguments.
   *
   * @default []
   */
  readonly launcher?: readonly string[];
}

/** Makes a workspace whose `hosts.yml` is `inventory`. */
export async function openWorkspace(
  inventory: unknown = {},
  { launcher = [] }: WorkspaceOptions = {},
): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-live-"));
  const home = join(folder, "home");
  await mkdir(home);
  const running = new Set<ChildProcess>();
  let reports = 0;

  const startNode = (...args: string[]): Running => {
    const [command = "", ...rest] = [...launcher, process.execPath, ...args];
    const child = spawn(command, rest, {
      cwd: folder,
      env: environment({ folder, home }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return follow(child);
  };
  const workspace: Workspace = {
    folder,
    home,
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(folder, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, typeof content === "string" ? content : JSON.stringify(content, null, 1));
      }
    },
    start: (...args) => startNode(PROGRAM, ...args),
    script: (file) => startNode(file).ended,
    run: (...args) => workspace.start(...args).ended,
    startPlay(playbook, ...args) {
      const file = join(folder, `report-${++reports}.json`);
      const options = ["-i", "hosts.yml", "--output", "ndjson", "--report", `json=${file}`, ...args];
      const started = workspace.start(playbook, ...options);
      return { ...started, ended: started.ended.then((end) => withWritten(end, file)) };
    },
    play: (playbook, ...args) => workspace.startPlay(playbook, ...args).ended,
    playDry: (...args) => playDry("--dry-run", ...args),
    playDryConnected: (...args) => playDry("--dry-run=connect", ...args),
    async [Symbol.asyncDispose]() {
      for (const child of running) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
  const playDry = async (option: string, playbook: string, ...args: string[]): Promise<PlayedDry> => {
    const file = join(folder, `report-${++reports}.json`);
    const options = ["-i", "hosts.yml", "--report", `json=${file}`, ...args];
    const end = await workspace.run(option, playbook, ...options);
    return { ...end, report: (await readReport(file)) as DryRunReport | undefined };
  };
  await workspace.write({ "hosts.yml": inventory });
  return workspace;
}

/** What an inventory says of a host behind a server. */
export function hostOf(sshd: Sshd, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    fusion_host: sshd.address,
    fusion_port: sshd.port,
    fusion_user: sshd.user,
    fusion_private_key_file: sshd.userKeyFile,
    fusion_known_hosts_file: sshd.knownHostsFile,
    ...more,
  };
}

/** The part of a report about a host, which must be there. */
export function hostReport({ report, stdout, stderr }: Played, host: string, play = 0): WrittenHost {
  const found = report?.plays[play]?.hosts[host];
  if (found === undefined) throw new Error(`No report of ${host}: ${stderr || stdout}`);
  return found;
}

/** Standard output of a host's step, put together from the events; null is what no step printed. */
export function outputOf({ events }: Played, host: string, step: string | null): string {
  return events
    .filter((event) => event.type === "step_output" && event.host === host && event.step === step)
    .map(({ text }) => text)
    .join("");
}

/** Nothing of the developer's: no agent, no keys, no ssh config. */
export function environment({ folder, home }: Pick<Workspace, "folder" | "home">): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    LC_ALL: "C.UTF-8",
    HOME: home,
    XDG_CACHE_HOME: join(folder, "cache"),
  };
}

function follow(child: ChildProcess): Running {
  const started = performance.now();
  const chunks: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (chunk: Buffer) => {
      chunks[name].push(chunk);
      waiting.forEach((check) => check());
    });
  }
  const textOf = (name: "stdout" | "stderr"): string => Buffer.concat(chunks[name]).toString("utf8");
  const ended = once(child, "close").then(([exitCode]): Ended => {
    const seconds = (performance.now() - started) / 1000;
    return {
      exitCode: exitCode as number | null,
      stdout: textOf("stdout"),
      stderr: textOf("stderr"),
      seconds,
    };
  });
  return {
    pid: child.pid as number,
    kill: (signal) => void child.kill(signal),
    said: (text, times = 1) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const isSaid = (["stdout", "stderr"] as const).some(
            (name) => textOf(name).split(text).length > times,
          );
          if (!isSaid) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
        void ended.then((end) => reject(new Error(`"${text}" was not said: ${end.stdout}${end.stderr}`)));
      }),
    ended,
  };
}

async function withWritten(end: Ended, file: string): Promise<Played> {
  const events = end.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(readEvent);
  return { ...end, events, report: (await readReport(file)) as WrittenReport | undefined };
}
