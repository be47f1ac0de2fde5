import { Atom, binary, BitString, Float, ImproperList, MapTerm, Tuple, type Term } from "../etf/term.ts";
import { MASK } from "../secret.ts";
import type { Secrets } from "./secrets.ts";

/** Hides secrets in a term: in binaries, in lists of characters or bytes, in atoms, and numbers that are secrets. */
export function maskTerm(term: Term, secrets: Secrets): Term {
  if (term instanceof Uint8Array) return maskBytes(term, secrets);
  if (typeof term === "number" || typeof term === "bigint") {
    return secrets.hasNumber(term) ? binary(MASK) : term;
  }
  if (isList(term)) return maskList(term, secrets);
  if (term instanceof Float) return secrets.hasNumber(term.value) ? binary(MASK) : term;
  if (term instanceof Atom) {
    const name = secrets.mask(term.name);
    return name === term.name ? term : new Atom(name);
  }
  if (term instanceof BitString) {
    const bytes = maskBytes(term.bytes, secrets);
    return bytes === term.bytes ? term : new BitString(bytes, term.bitsInLastByte);
  }
  if (term instanceof Tuple) return new Tuple(term.elements.map((element) => maskTerm(element, secrets)));
  if (term instanceof ImproperList) {
    return new ImproperList(maskList(term.elements, secrets), maskTerm(term.tail, secrets));
  }
  if (term instanceof MapTerm) {
    return new MapTerm(
      term.entries.map(([key, value]) => [maskTerm(key, secrets), maskTerm(value, secrets)] as const),
    );
  }
  return term;
}

function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

function maskBytes(bytes: Uint8Array, secrets: Secrets): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const masked = secrets.maskLatin1(text);
  return masked === text ? bytes : Buffer.from(masked, "latin1");
}

/** Elements that follow each other and are characters are looked at as text. */
function maskList(list: readonly Term[], secrets: Secrets): Term[] {
  const masked: Term[] = [];
  let characters: number[] = [];
  const flush = (): void => {
    for (const character of maskCharacters(characters, secrets)) masked.push(character);
    characters = [];
  };
  for (const element of list) {
    if (typeof element === "number" && isCharacter(element)) characters.push(element);
    else {
      flush();
      masked.push(maskTerm(element, secrets));
    }
  }
  flush();
  return masked;
}

function isCharacter(element: number): boolean {
  return (
    Number.isInteger(element) &&
    element >= 0 &&
    element <= 0x10_ff_ff &&
    (element < 0xd800 || element > 0xdfff)
  );
}

function maskCharacters(characters: readonly number[], secrets: Secrets): readonly Term[] {
  const text = characters.map((character) => String.fromCodePoint(character)).join("");
  const isBytes = characters.every((character) => character <= 0xff);
  const masked = secrets.mask(isBytes ? secrets.maskLatin1(text) : text);
  if (masked !== text) return Array.from(masked, (character) => character.codePointAt(0) ?? 0);
  return characters.map((character) => (secrets.hasNumber(character) ? binary(MASK) : character));
}
