/** A printed text up to the end of one of its own lines. */
const TEXT_LINE = /(?:[^\\]|\\(?!n)[^]?)*?(?:\\n|$)/g;

/** What lists, tuples, maps and binaries begin and end with. */
const OPENINGS: ReadonlySet<string> = new Set(["[", "{", "(", "<<"]);
const CLOSINGS: ReadonlySet<string> = new Set(["]", "}", ")", ">>"]);

/** What is deeper stays as it is printed. */
const MOST_LEVELS = 100;

/** Strings and quoted atoms of both languages, brackets, commas, and all else. */
const TOKENS = /"(?:[^"\\]|\\[^])*"?|'(?:[^'\\]|\\[^])*'?|<<|>>|[[\]{}(),]|[^"'[\]{}(),<>]+|[<>]/g;

/** Something between two brackets, in pieces of the printed text. */
interface Group {
  readonly opening: string;
  readonly elements: Piece[][];
  closing: string;
}

type Piece = string | Group;

/**
 * Gives a printed term as lines that fit into so many columns, where its texts allow it: what does not fit into one
 * line has a line for each element, and a text one for each of its own lines. Takes the text of either language, also
 * one that was cut.
 */
export function layoutTerm(printed: string, width = 80): string[] {
  return linesOf(parse(printed), width);
}

function parse(printed: string): Piece[] {
  const top: Piece[] = [];
  const open: Group[] = [];
  let deeper = 0;
  for (const [token] of printed.matchAll(TOKENS)) {
    const group = open.at(-1);
    const pieces = group?.elements.at(-1) ?? top;
    const isTooDeep = open.length === MOST_LEVELS && (deeper > 0 || OPENINGS.has(token));
    if (isTooDeep) {
      if (OPENINGS.has(token)) deeper++;
      if (CLOSINGS.has(token)) deeper--;
      pieces.push(token);
    } else if (OPENINGS.has(token)) {
      const inner: Group = { opening: token, elements: [[]], closing: "" };
      pieces.push(inner);
      open.push(inner);
    } else if (group !== undefined && CLOSINGS.has(token)) {
      group.closing = token;
      open.pop();
    } else if (group !== undefined && token === ",") group.elements.push([]);
    else {
      const isFirst = pieces.length === 0 && group !== undefined;
      pieces.push(isFirst ? token.trimStart() : token);
    }
  }
  return top;
}

function linesOf(pieces: readonly Piece[], width: number): string[] {
  const whole = oneLine(pieces, width);
  if (whole !== undefined) return [whole];
  const lines = [""];
  const append = (text: string): void => {
    lines.push(`${lines.pop() ?? ""}${text}`);
  };
  for (const piece of pieces) {
    if (typeof piece === "string") {
      const [first = "", ...rest] = textPieces(piece);
      append(first);
      lines.push(...rest.map((line) => ` ${line}`));
    } else {
      append(piece.opening);
      for (const [index, element] of piece.elements.entries()) {
        const inner = linesOf(element, width - 2).map((line) => `  ${line}`);
        if (index < piece.elements.length - 1) inner.push(`${inner.pop() ?? ""},`);
        lines.push(...inner);
      }
      if (piece.closing !== "") lines.push(piece.closing);
    }
  }
  return lines;
}

/** A text by its own lines, which end with `\n` where it is printed; anything else whole. */
function textPieces(piece: string): string[] {
  if (!piece.startsWith('"')) return [piece];
  const lines = (piece.match(TEXT_LINE) ?? []).filter((line) => line !== "");
  // The quote at the end of a text that ends with its last line needs no line of its own.
  return lines.at(-1) === '"' && lines.length > 1 ? [...lines.slice(0, -2), `${lines.at(-2)}"`] : lines;
}

/** All on one line; undefined where it has not the room. */
function oneLine(pieces: readonly Piece[], room: number): string | undefined {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece === "string") text += piece;
    else {
      text += piece.opening;
      for (const [index, element] of piece.elements.entries()) {
        const inner = text.length > room ? undefined : oneLine(element, room - text.length);
        if (inner === undefined) return undefined;
        text += `${index === 0 ? "" : ", "}${inner}`;
      }
      text += piece.closing;
    }
    if (text.length > room) return undefined;
  }
  return text;
}
