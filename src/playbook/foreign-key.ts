import { quote } from "../documents/quote.ts";
import { foreignKeyword } from "./from-ansible/keywords.ts";
import { moduleAdvice } from "./from-ansible/modules.ts";
import { PLAY_SCHEMA } from "./play-schema.ts";
import { STEP_KINDS } from "./step-schema.ts";

/** Says about a key of Ansible what stands here in its place; undefined for others. */
export function foreignKey(key: string): { message: string; hint: string } | undefined {
  const instead = foreignKeyword(key);
  if (instead !== undefined) return { message: `Unknown key ${quote(key)}`, hint: instead };
  // Some modules of Ansible are keys here, or steps.
  if (OWN_KEYS.has(key)) return undefined;
  const hint = moduleAdvice(key);
  return hint === undefined ? undefined : { message: `There is no module ${quote(key)} here`, hint };
}

const OWN_KEYS: ReadonlySet<string> = new Set([
  ...STEP_KINDS,
  ...Object.keys((PLAY_SCHEMA as unknown as { properties: object }).properties),
]);
