import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FusionPlayError } from "../errors.ts";

/** What stands in `state.json` of a lab: who serves it, and what. */
export interface LabState {
  readonly version: 1;
  /** The serving process. */
  readonly pid: number;
  /** Port on 127.0.0.1 where it answers questions about the lab. */
  readonly controlPort: number;
  /** Proves to it that the question comes from somebody who may read this file, and back. */
  readonly token: string;
  readonly server: "embedded" | "sshd";
  readonly hosts: readonly LabHostState[];
}

export interface LabHostState {
  readonly name: string;
  readonly port: number;
  readonly home: string;
}

const fileName = "state.json";

/**
 * Reads the state of the lab in `dir`; undefined if there is none.
 *
 * @throws {FusionPlayError} `LAB_FAILED` if the file is there and cannot be read
 */
export async function readState(dir: string): Promise<LabState | undefined> {
  const file = join(dir, fileName);
  let state: unknown;
  try {
    state = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(file, error);
  }
  if (!isLabState(state)) throw unreadable(file, undefined);
  return state;
}

/** Writes the state of a new lab, unless another one is there: false in that case. */
export async function claimState(dir: string, state: LabState): Promise<boolean> {
  const draft = await writeDraft(dir, state);
  try {
    await link(draft, join(dir, fileName)); // unlike a rename, it does not replace
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

/** Replaces the state of the own lab. */
export async function replaceState(dir: string, state: LabState): Promise<void> {
  await rename(await writeDraft(dir, state), join(dir, fileName));
}

/** Removes the state that a crashed lab left. */
export async function removeState(dir: string): Promise<void> {
  await rm(join(dir, fileName), { force: true });
}

async function writeDraft(dir: string, state: LabState): Promise<string> {
  const draft = join(dir, `${fileName}.${state.pid}`);
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  return draft;
}

function isLabState(value: unknown): value is LabState {
  const state = value as Partial<LabState> | null;
  return (
    typeof state === "object" &&
    state?.version === 1 &&
    Number.isInteger(state.pid) &&
    Number.isInteger(state.controlPort) &&
    typeof state.token === "string" &&
    Array.isArray(state.hosts)
  );
}

function unreadable(file: string, cause: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot read the state of the lab: "${file}" is not what a lab writes`, {
    code: "LAB_FAILED",
    hint: "Remove the folder of the lab if no lab runs from it",
    cause,
  });
}
