import type { BoundedText } from "./bounded-text.ts";
import { charlistText, isCharlist, isPrintable } from "./charlist.ts";
import { sortedEntries } from "./compare.ts";
import { formatErlangAtom, quoteErlang } from "./erlang-atom.ts";
import { formatFloat } from "./float-text.ts";
import type { BitString, Term, TermNode } from "./term.ts";
import { decodePrefix } from "./utf8-prefix.ts";

/** Writes a term in Erlang's notation. */
export function writeErlang(out: BoundedText, term: Term): void {
  const write = (element: Term): void => writeErlang(out, element);
  if (typeof term === "number" || typeof term === "bigint") out.write(String(term));
  else if (term instanceof Uint8Array) writeBinary(out, term);
  else if (!Array.isArray(term)) writeNode(out, term as TermNode);
  else if (isCharlist(term)) out.write(quoteErlang(charlistText(term.slice(0, out.remaining)), '"'));
  else out.nest("[", "]", () => out.writeAll(term, ",", write));
}

function writeNode(out: BoundedText, term: TermNode): void {
  const write = (element: Term): void => writeErlang(out, element);
  switch (term.type) {
    case "float":
      return out.write(formatFloat(term.value));
    case "atom":
      return out.write(formatErlangAtom(term.name));
    case "bit_string":
      return writeBitString(out, term);
    case "tuple":
      return out.nest("{", "}", () => out.writeAll(term.elements, ",", write));
    case "improper_list":
      return out.nest("[", "]", () => {
        out.writeAll(term.elements, ",", write);
        out.write("|");
        write(term.tail);
      });
    case "map":
      return out.nest("#{", "}", () =>
        out.writeAll(sortedEntries(term), ",", ([key, value]) => {
          write(key);
          out.write(" => ");
          write(value);
        }),
      );
    case "pid":
      return out.write(`<0.${term.id}.${term.serial}>`);
    case "port":
      return out.write(`#Port<0.${term.id}>`);
    case "reference":
      return out.write(`#Ref<0.${[...term.words].reverse().join(".")}>`);
    case "fun":
      return out.write(`#Fun<${formatErlangAtom(term.module)}.${term.oldIndex}.${term.oldUniq}>`);
    case "export":
      return out.write(
        `fun ${formatErlangAtom(term.module)}:${formatErlangAtom(term.function)}/${term.arity}`,
      );
  }
}

function writeBinary(out: BoundedText, bytes: Uint8Array): void {
  const text = decodePrefix(bytes, out.remaining);
  if (bytes.length === 0) {
    out.write("<<>>");
  } else if (text !== undefined && isPrintableText(text)) {
    out.write(`<<${quoteErlang(text, '"')}${isAscii(text) ? "" : "/utf8"}>>`);
  } else if (bytes.every(isPrintable)) {
    const latin1 = Buffer.from(bytes.subarray(0, out.remaining)).toString("latin1");
    out.write(`<<${quoteErlang(latin1, '"')}>>`);
  } else {
    writeBytes(out, bytes);
    out.write(">>");
  }
}

function writeBitString(out: BoundedText, { bytes, bitsInLastByte }: BitString): void {
  const whole = bytes.subarray(0, -1);
  writeBytes(out, whole);
  if (whole.length > 0) out.write(",");
  out.write(`${(bytes.at(-1) ?? 0) >> (8 - bitsInLastByte)}:${bitsInLastByte}>>`);
}

function writeBytes(out: BoundedText, bytes: Uint8Array): void {
  out.write("<<");
  out.write(bytes.subarray(0, out.remaining).join(","));
}

function isPrintableText(text: string): boolean {
  for (const character of text) {
    if (!isPrintable(character.codePointAt(0) ?? 0)) return false;
  }
  return true;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
