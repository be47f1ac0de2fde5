import type { CodeQuestion } from "./code-question.ts";
import type { HostCode } from "./host-code.ts";
import type { Runtime } from "./remote-node.ts";

/** What is known of a host that was asked about its code for one play. */
export interface HostFacts {
  readonly runtime: Runtime;
  readonly code: HostCode;
}

/** Answers to a question that say the same, as one object: hosts with the same facts share a plan. */
export class SharedFacts {
  readonly #known: Map<CodeQuestion, Map<string, HostFacts>> = new Map();

  share(question: CodeQuestion, facts: HostFacts): HostFacts {
    const known = this.#known.get(question) ?? new Map<string, HostFacts>();
    this.#known.set(question, known);
    const key = fingerprint(facts);
    const shared = known.get(key) ?? facts;
    known.set(key, shared);
    return shared;
  }
}

/** Hosts answer in the order in which they are asked, so nothing has to be sorted. */
function fingerprint({ runtime, code }: HostFacts): string {
  const { own, current, replaced, lacking, applications, unfit } = code;
  const lacks = Array.from(lacking, ([module, names]) => [module, names === "module" ? names : [...names]]);
  const maps = [own, replaced, applications, unfit].map((map) => [...map]);
  return JSON.stringify([runtime, [...current], lacks, maps]);
}
