let lastMs = Number.NaN;
let lastText = "";

/** The time as ISO 8601 has it. Of one millisecond it is written once: a step has several events, and hosts have many. */
export function timestamp(): string {
  const ms = Date.now();
  if (ms !== lastMs) {
    lastMs = ms;
    lastText = new Date(ms).toISOString();
  }
  return lastText;
}
