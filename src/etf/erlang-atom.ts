/** Words that are no atoms without quotes; `maybe` and `else` since OTP 25. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "after and andalso band begin bnot bor bsl bsr bxor case catch cond div else end fun if let maybe " +
    "not of or orelse receive rem try when xor"
  ).split(" "),
);

const UNQUOTED = /^[a-zß-öø-ÿ][a-zß-öø-ÿA-ZÀ-ÖØ-Þ0-9_@]*$/;

/** Writes an atom as Erlang does: `ok`, `'Elixir.Foo'`. */
export function formatErlangAtom(name: string): string {
  return UNQUOTED.test(name) && !RESERVED.has(name) ? name : quoteErlang(name, "'");
}

/** Whether Erlang has a meaning of its own for the word. */
export function isReservedInErlang(word: string): boolean {
  return RESERVED.has(word);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  "\u007f": "\\d",
  "\\": "\\\\",
};

/** Puts text in quotes, with what cannot be printed as escapes. */
export function quoteErlang(text: string, quote: '"' | "'"): string {
  const body = text.replace(/[\0-\x1f\x7f-\x9f\\"'\ufffe\uffff]/g, (character) => {
    if (character === quote) return `\\${quote}`;
    if (character === '"' || character === "'") return character;
    // Erlang's scanner refuses these two even as escapes; OTP writes them so.
    if (character >= "\ufffe") return `\\x{${character.charCodeAt(0).toString(16).toUpperCase()}}`;
    return ESCAPES[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
  });
  return quote + body + quote;
}
