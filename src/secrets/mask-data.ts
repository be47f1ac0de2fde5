import { TermList, type Data } from "../etf/data.ts";
import { isTermNode } from "../etf/term.ts";
import { MASK, Secret } from "../secret.ts";
import { maskTerm } from "./mask-term.ts";
import type { Secrets } from "./secrets.ts";

/** Hides what was decrypted or given as secret in data: in texts, terms and numbers; names of keys are none. */
export function maskData(data: Data, secrets: Secrets): Data {
  if (typeof data === "string") return secrets.mask(data);
  if (typeof data === "number" || typeof data === "bigint") return secrets.hasNumber(data) ? MASK : data;
  if (data instanceof TermList)
    return new TermList(data.elements.map((element) => maskTerm(element, secrets)));
  if (data instanceof Secret) return data;
  if (data instanceof Uint8Array || isTermNode(data)) return maskTerm(data, secrets) as Data;
  if (isSequence(data)) return data.map((element) => maskData(element, secrets));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, maskData(value, secrets)]));
}

function isSequence(data: Data): data is readonly Data[] {
  return Array.isArray(data);
}
