import fc from "fast-check";

/** Pieces that matter to one of the readers: of YAML, of expressions, of calls, of patterns. */
export const PLAYBOOK_PIECES: readonly string[] = [
  "${{",
  "}}",
  "{{",
  "}",
  "{",
  "[",
  "]",
  "(",
  ")",
  '"',
  "'",
  ":",
  "- ",
  "\n",
  "  ",
  "#",
  "!atom ",
  "!tuple ",
  "&a ",
  "*a",
  "<<: ",
  "|",
  ">-",
  "%{",
  "#{",
  "a:b(",
  "vars.",
  "null",
  "true",
  "1",
  "-1",
  "1e400",
  "0x",
  "~",
  "\t",
  "\u0000",
  "\ud800",
  "é",
  "😀",
  "run: ",
  "assert: ",
  "steps:",
  "match: ",
  "schema: ",
  "eval: ",
  "__proto__: ",
  "constructor: ",
  "toString",
  ",",
  "=",
  "\\",
];

/** Pieces that matter to one of the readers: of YAML, of INI, of ranges, of Python's literals. */
export const INVENTORY_PIECES: readonly string[] = [
  Array.from("{}[]()\"':#&*|>%,=\\~!-\t\n\0"),
  ["- ", "  ", ": ", "<<: ", "&a ", "*a", "!vault ", "!unsafe ", "!!binary ", "---\n", "...", "? "],
  [
    "\ud800",
    "é",
    "😀",
    "\r\n",
    "\u2028",
    "\ufeff",
    "1e400",
    "0x",
    "0b_",
    "1_0",
    "99999999999999999999",
    "1:30",
  ],
  ["hosts:", "children:", "vars:", "[web]\n", "[web:vars]\n", "[web:children]\n", "all", "ansible_port="],
  ["web[1:3]", "web[01:10:3]", "[a:z]", "[1:99999]", "[1:99999]-[1:99999]", "fe80::1", "[::1]:22"],
  ["{'a': [1, (2,)]}", "__proto__: ", "constructor: ", "toString", "$ANSIBLE_VAULT;1.1;AES256\n"],
  ["[".repeat(200), "(".repeat(200)],
].flat();

/** Texts that are nearly one of the samples: some characters are gone, and pieces stand where none belong. */
export function mutatedText(samples: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat({ max: 12 }),
    insert: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })),
  });
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([sample, edits]) => edits.reduce(apply, sample));
}

function apply(text: string, { at, remove, insert }: { at: number; remove: number; insert: string }): string {
  const from = Math.floor(at * text.length);
  return text.slice(0, from) + insert + text.slice(from + remove);
}
