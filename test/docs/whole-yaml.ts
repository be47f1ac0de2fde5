import { parse } from "yaml";
import { PLAY_SCHEMA } from "../../src/playbook/play-schema.ts";
import { STEP_SCHEMAS } from "../../src/playbook/step-schema.ts";

const KINDS = Object.keys(STEP_SCHEMAS);
const PLAY_KEYS = Object.keys((PLAY_SCHEMA as unknown as { properties: object }).properties);

/** A file in YAML, made whole where an example shows only a part of one. */
export interface WholeYaml {
  readonly kind: "playbook" | "inventory";
  readonly text: string;
}

/**
 * Finds out what an example in YAML is, by its keys:
 *
 * - a list of mappings that have `hosts` or `import_playbook`, or one such mapping: a playbook
 * - a list of mappings that have the key of a kind of step: the steps of a play
 * - a mapping with a key that plays have: a part of a play
 * - any other mapping: an inventory
 */
export function wholeYaml(source: string): WholeYaml {
  const data = parse(source, { logLevel: "silent" }) as unknown;
  const entries = (Array.isArray(data) ? data : [data]) as readonly Readonly<Record<string, unknown>>[];
  const all = (keys: readonly string[]): boolean =>
    entries.every((entry) => keys.some((key) => Object.hasOwn(entry, key)));
  if (Array.isArray(data)) {
    if (all(["hosts", "import_playbook"])) return { kind: "playbook", text: source };
    if (all(KINDS)) return { kind: "playbook", text: `hosts: all\nsteps:\n${source}` };
    throw new Error("The list is neither one of plays nor one of steps");
  }
  if (!all(PLAY_KEYS)) return { kind: "inventory", text: source };
  const missing = [...(all(["hosts"]) ? [] : ["hosts: all\n"]), ...(all(["steps"]) ? [] : ["steps: []\n"])];
  return { kind: "playbook", text: source + missing.join("") };
}
