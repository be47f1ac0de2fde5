/**
 * Parses `key=value,key=value` as variables of OpenTelemetry have it, with percent-encoded values.
 *
 * @returns undefined for what is no such list
 * @see https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
 */
export function parseKeyValueList(text: string): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    const key = decode(part.slice(0, Math.max(0, at)).trim());
    const value = decode(part.slice(at + 1).trim());
    if (key === undefined || key === "" || value === undefined) return undefined;
    pairs.push([key, value]);
  }
  return Object.fromEntries(pairs);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
