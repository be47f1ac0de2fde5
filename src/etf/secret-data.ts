import { Secret } from "../secret.ts";
import { TermList, type Data } from "./data.ts";
import { isTermNode } from "./term.ts";

/** Gives data without secrets in it: each is what it holds. */
export function revealData(data: Data): Data {
  return holdsSecret(data) ? mapSecrets(data, (secret) => revealData(secret.reveal())) : data;
}

/** Gives data to be shown: in the place of each secret stands what is shown of it. */
export function shownData(data: Data): Data {
  return holdsSecret(data) ? mapSecrets(data, String) : data;
}

/** The secrets in data, however deep: also in data that holds itself, of which no term can be made. */
export function* secretsIn(data: Data, seen: Set<object> = new Set()): Generator<Secret<Data>> {
  if (typeof data !== "object" || data === null || seen.has(data)) return;
  seen.add(data);
  if (data instanceof Secret) yield data;
  else if (isSequence(data)) for (const element of data) yield* secretsIn(element, seen);
  else if (isMapping(data)) for (const element of Object.values(data)) yield* secretsIn(element, seen);
}

/** Whether data is a secret, or holds one. */
export function holdsSecret(data: Data): boolean {
  const isNested = data instanceof Secret || isSequence(data) || isMapping(data);
  return isNested && secretsIn(data).next().done !== true;
}

function mapSecrets(data: Data, map: (secret: Secret<Data>) => Data): Data {
  if (data instanceof Secret) return map(data);
  if (isSequence(data)) return data.map((element) => mapSecrets(element, map));
  if (!isMapping(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([key, element]) => [key, mapSecrets(element, map)]));
}

function isSequence(data: Data): data is readonly Data[] {
  return Array.isArray(data);
}

function isMapping(data: Data): data is { readonly [key: string]: Data } {
  return (
    typeof data === "object" &&
    data !== null &&
    !Array.isArray(data) &&
    !(data instanceof Uint8Array) &&
    !(data instanceof TermList) &&
    !(data instanceof Secret) &&
    !isTermNode(data)
  );
}
