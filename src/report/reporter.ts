import type { RunEvent } from "../engine/run-event.ts";

/** Turns run events into output. Reporters never see each other or the engine. */
export interface Reporter {
  /** Handles one event; must not throw and must not block the run. */
  onEvent(event: RunEvent): void;
  /** Writes what is still buffered; called once, also after a failed run. */
  end(): Promise<void>;
}
