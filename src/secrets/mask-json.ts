import type { Json } from "../etf/json.ts";
import { MASK } from "../secret.ts";
import type { Secrets } from "./secrets.ts";

/** Hides secrets in JSON: in texts and keys, and numbers that are secrets. */
export function maskJson(json: Json, secrets: Secrets): Json {
  if (typeof json === "string") return secrets.mask(json);
  if (typeof json === "number") return secrets.hasNumber(json) ? MASK : json;
  if (isSequence(json)) return json.map((element) => maskJson(element, secrets));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, element]) => [secrets.mask(key), maskJson(element, secrets)]),
  );
}

function isSequence(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
