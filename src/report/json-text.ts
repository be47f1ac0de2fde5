/** Where something has to be cut: what is left of a text, and of a list. */
const CUT_TEXT_CHARACTERS = 64 * 1024;
const CUT_LIST_ELEMENTS = 1000;

/**
 * Writes JSON. What would be longer than a text of JavaScript may be, half a gigabyte, is written with its long
 * texts and lists cut and marked: what one host gave must not keep the rest from being told.
 *
 * @param indent how many blanks each level is indented by; all on one line by default
 */
export function jsonText(json: unknown, indent?: number): string {
  try {
    return JSON.stringify(json, null, indent);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify(json, cut, indent);
  }
}

function cut(_key: string, value: unknown): unknown {
  if (typeof value === "string" && value.length > CUT_TEXT_CHARACTERS) {
    const dropped = value.length - CUT_TEXT_CHARACTERS;
    return `${value.slice(0, CUT_TEXT_CHARACTERS)}\n[… ${dropped} more characters were cut]`;
  }
  if (Array.isArray(value) && value.length > CUT_LIST_ELEMENTS) {
    const dropped = value.length - CUT_LIST_ELEMENTS;
    return [...(value.slice(0, CUT_LIST_ELEMENTS) as unknown[]), `[… ${dropped} more elements were cut]`];
  }
  return value;
}
