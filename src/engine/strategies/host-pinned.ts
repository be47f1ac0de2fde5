import type { Strategy } from "./strategy.ts";

/** A host that has begun goes through all of its steps; others begin when it is done. */
export class HostPinned implements Strategy {
  turn(): undefined {}

  leave(): void {}
}
