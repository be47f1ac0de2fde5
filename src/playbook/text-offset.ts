/**
 * Finds where a character of a YAML string stands in the file. The string may be quoted, folded or
 * a block, so its characters are matched with those of the file one by one; only white space may
 * differ between the two.
 *
 * @param raw the string as it is written, from its first character on
 * @param offset counts in the value of the string
 * @returns an offset in `raw`
 */
export function textOffset(raw: string, value: string, offset: number): number {
  // Most texts stand in the file as they are.
  const quotes = raw.startsWith("'") || raw.startsWith('"') ? 1 : 0;
  if (offset < value.length && !value.includes("\n") && raw.startsWith(value, quotes)) return quotes + offset;
  const units = raw.startsWith('"') ? doubleQuotedUnits(raw) : plainUnits(raw);
  let wanted = countVisible(value.slice(0, offset));
  const atSpace = offset >= value.length || /\s/.test(value.charAt(offset));
  let end = raw.startsWith('"') || raw.startsWith("'") ? 1 : 0;
  for (const { start, length, visible } of units) {
    if (visible === 0) continue;
    if (wanted < visible && !atSpace) return start;
    if (wanted === 0) return end;
    wanted -= visible;
    end = start + length;
  }
  return end;
}

/** A piece of the file that stands for `visible` characters of the value which are not white space. */
interface Unit {
  readonly start: number;
  readonly length: number;
  readonly visible: number;
}

function countVisible(text: string): number {
  return text.replace(/\s/g, "").length;
}

function* plainUnits(raw: string): Generator<Unit> {
  let position = 0;
  const single = raw.startsWith("'");
  if (single) position = 1;
  else if (/^[|>]/.test(raw)) position = raw.indexOf("\n") + 1 || raw.length;
  while (position < raw.length) {
    if (single && raw[position] === "'") {
      if (raw[position + 1] !== "'") return;
      yield { start: position, length: 2, visible: 1 };
      position += 2;
    } else {
      yield { start: position, length: 1, visible: countVisible(raw.charAt(position)) };
      position += 1;
    }
  }
}

const ESCAPE = /^\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n|[^])/;

function* doubleQuotedUnits(raw: string): Generator<Unit> {
  let position = 1;
  while (position < raw.length && raw[position] !== '"') {
    const [escape = "", body = ""] = ESCAPE.exec(raw.slice(position, position + 12)) ?? [];
    const length = escape.length || 1;
    yield {
      start: position,
      length,
      visible: escape === "" ? countVisible(raw.charAt(position)) : visibleOf(body),
    };
    position += length;
  }
}

function visibleOf(escape: string): number {
  if (/^([nrtvfLP_ \t]|\r?\n)$/.test(escape)) return 0;
  const hexadecimal = /^[xuU](.+)$/.exec(escape)?.[1];
  return hexadecimal === undefined ? 1 : countVisible(String.fromCodePoint(parseInt(hexadecimal, 16)));
}
