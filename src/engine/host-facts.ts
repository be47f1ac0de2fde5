import type { HostCode } from "./host-code.ts";
import type { Runtime } from "./remote-node.ts";

/** What is known of a host that was asked about its code for one play. */
export interface HostFacts {
  readonly runtime: Runtime;
  readonly code: HostCode;
}

/** Facts that say the same, as one object: hosts with the same facts share a plan. */
export class SharedFacts {
  readonly #known: Map<string, HostFacts> = new Map();

  share(facts: HostFacts): HostFacts {
    const key = fingerprint(facts);
    const known = this.#known.get(key) ?? facts;
    this.#known.set(key, known);
    return known;
  }
}

/** Hosts answer in the order in which they are asked, so nothing has to be sorted. */
function fingerprint({ runtime, code }: HostFacts): string {
  const { own, current, replaced, asked, lacking, applications, unfit } = code;
  const functions = [asked, lacking].map((map) =>
    Array.from(map, ([module, names]) => [module, names === "module" ? names : [...names]]),
  );
  const maps = [own, replaced, applications, unfit].map((map) => [...map]);
  return JSON.stringify([runtime, [...current], functions, maps]);
}
