import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { allProcesses, leftOn } from "./processes.ts";
import type { Sshd } from "./sshd.ts";
import type { Workspace } from "./workspace.ts";

/** A session, as `sessions list --json` writes it. */
export interface Listed {
  readonly host: string;
  readonly user: string;
  readonly address: string;
  readonly port: number;
  readonly otp: string;
  readonly pid: number;
  readonly age_ms: number;
  readonly lease_left_ms: number;
  readonly in_use: boolean;
}

/** The sessions that are held for runs of a workspace. */
export async function listed(opened: Workspace): Promise<readonly Listed[]> {
  const { stdout, exitCode } = await opened.run("sessions", "list", "--json");
  expect(exitCode).toBe(0);
  return (JSON.parse(stdout) as { sessions: Listed[] }).sessions;
}

/** The process that holds the sessions of a workspace. */
export async function agentsOf(opened: Workspace): Promise<number[]> {
  const socket = join(opened.folder, "cache", "fusion-play", "sessions", "agent.sock");
  const found = (await allProcesses()).filter(({ visible }) => visible.includes(`agent.js ${socket}`));
  return found.map(({ pid }) => pid);
}

/** Waits until nothing of a workspace is left: no process here or on the host, and no file. */
export async function nothingLeft(opened: Workspace, sshd: Sshd): Promise<void> {
  expect(await leftOn(sshd)).toEqual([]);
  let agents = await agentsOf(opened);
  for (let tries = 0; agents.length > 0 && tries < 300; tries++) {
    await sleep(100);
    agents = await agentsOf(opened);
  }
  expect(agents).toEqual([]);
  expect(await readdir(join(opened.folder, "cache", "fusion-play", "sessions"))).toEqual([]);
}
