import { randomUUID } from "node:crypto";
import { wholeLeaf, type LeafToJson } from "../etf/json.ts";

/** A text, or bytes whose JSON is base64. */
type Leaf = string | Uint8Array;

/** What is longer is no part of any other text. */
const LONG = 256 * 1024;
/** Divisible by 3, so that the base64 of each part is a part of the base64 of all. */
const PART = 3 * 64 * 1024;
/** No result has it: nobody is told. */
const MARK = randomUUID();
const MARKS = new RegExp(`"${MARK}:(\\d+)"`, "g");

/**
 * JSON in which marks stand for long texts and bytes, as a text of all of it, and of each of its levels, would take
 * several times their memory. They are put in when it is written, a part at a time.
 */
export class MarkedJson {
  readonly json: unknown;
  readonly #long: readonly Leaf[];

  /** @param make makes JSON, and has what it is given make that of texts and of bytes */
  constructor(make: (leafToJson: LeafToJson) => unknown) {
    const long: Leaf[] = [];
    this.json = make((leaf) => (leaf.length > LONG ? `${MARK}:${long.push(leaf) - 1}` : wholeLeaf(leaf)));
    this.#long = long;
  }

  get hasMarks(): boolean {
    return this.#long.length > 0;
  }

  /** @param write writes JSON in which nothing is long */
  *pieces(write: (json: unknown) => string): Generator<string> {
    const text = write(this.json);
    if (!this.hasMarks) return yield text;
    let at = 0;
    for (const { 0: mark, 1: index, index: found } of text.matchAll(MARKS)) {
      yield text.slice(at, found);
      yield* leafPieces(this.#long[Number(index)] ?? "");
      at = found + mark.length;
    }
    yield text.slice(at);
  }
}

function* leafPieces(leaf: Leaf): Generator<string> {
  yield '"';
  if (typeof leaf === "string") {
    for (let at = 0, end = 0; at < leaf.length; at = end) {
      end = endOfPart(leaf, at + PART);
      yield JSON.stringify(leaf.slice(at, end)).slice(1, -1);
    }
  } else {
    for (let at = 0; at < leaf.length; at += PART) yield wholeLeaf(leaf.subarray(at, at + PART));
  }
  yield '"';
}

/** Both halves of a character stay together: alone they would be escaped. */
function endOfPart(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end + 1 : end;
}
