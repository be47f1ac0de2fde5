import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import type { Play, Playbook, StepNode } from "../../src/playbook/playbook.ts";

/** Writes a playbook into a folder that is removed when the test ends; gives its path. */
export async function writePlaybook(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-playbook-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** Loads a playbook from its text. */
export async function loadText(text: string, name = "site.yml"): Promise<Playbook> {
  return loadPlaybook(await writePlaybook(name, text));
}

/** Loads the one play of a playbook. */
export async function loadPlay(text: string, name?: string): Promise<Play> {
  const { plays } = await loadText(text, name);
  const [play] = plays;
  if (play === undefined || plays.length > 1) throw new Error(`${plays.length} plays`);
  return play;
}

/** Loads the steps of a play in YAML. */
export async function loadSteps(steps: string): Promise<readonly StepNode[]> {
  const play = await loadPlay(`hosts: all\nsteps:\n${steps}`);
  if (typeof play.steps === "function") throw new Error("a function");
  return play.steps;
}

/** Loads the last one of some steps, which must be of a kind. */
export async function loadStep<K extends StepNode["kind"]>(
  kind: K,
  steps: string,
): Promise<StepNode & { kind: K }> {
  const step = (await loadSteps(steps)).at(-1);
  if (step?.kind !== kind) throw new Error(`a step of the kind ${step?.kind}`);
  return step as StepNode & { kind: K };
}
