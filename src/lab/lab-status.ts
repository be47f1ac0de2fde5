import { resolve } from "node:path";
import { askControlPort } from "./control-port.ts";
import { readState, type LabState } from "./lab-state.ts";

/** Whether a lab is up. */
export type LabStatus =
  | { readonly type: "up"; readonly state: LabState }
  | { readonly type: "down" }
  /** A lab was up and crashed; its processes are gone, its folder is left. */
  | { readonly type: "stale"; readonly state: LabState }
  /** Its process is there and does not answer. */
  | { readonly type: "stuck"; readonly state: LabState };

/**
 * Finds out whether the lab in `dir` is up.
 *
 * @throws {FusionPlayError} `LAB_FAILED` if the folder holds something else
 */
export async function labStatus({ dir }: { readonly dir: string }): Promise<LabStatus> {
  const state = await readState(resolve(dir));
  if (state === undefined) return { type: "down" };
  const answer = await askControlPort(state, "ping");
  switch (answer.type) {
    case "answered":
      answer.hangUp();
      return { type: "up", state };
    case "absent":
      return { type: "stale", state };
    case "silent":
      return { type: "stuck", state };
  }
}
