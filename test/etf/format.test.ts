import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isCharlist, isPrintable } from "../../src/etf/charlist.ts";
import { formatTerm } from "../../src/etf/format.ts";
import {
  Atom,
  atom,
  binary,
  charlist,
  Export,
  Fun,
  ImproperList,
  MapTerm,
  Pid,
  Port,
  Reference,
  Tuple,
  type Term,
} from "../../src/etf/term.ts";
import { anyFloat, anyTermOfOneNode } from "./arbitrary-term.ts";
import { startOracle, type Oracle } from "./oracle.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle[Symbol.asyncDispose]());

/** Whether some list in the term satisfies `predicate`. */
function someList(term: Term, predicate: (list: readonly Term[]) => boolean): boolean {
  const inside = (terms: readonly Term[]): boolean => terms.some((element) => someList(element, predicate));
  if (Array.isArray(term)) return predicate(term) || inside(term);
  if (term instanceof Tuple) return inside(term.elements);
  if (term instanceof ImproperList) return inside([...term.elements, term.tail]);
  return term instanceof MapTerm && inside(term.entries.flat());
}

/** Lists that Erlang takes for text and that are numbers here, as they have too little ASCII. */
function isForeignText(list: readonly Term[]): boolean {
  const isText = list.every((element) => typeof element === "number" && isPrintable(element));
  return list.length > 0 && isText && !isCharlist(list);
}

/** Elixir 1.14 writes U+0085 of an atom as `\x85`, which is a byte where Elixir reads it. */
function readable(text: string): string {
  return text.replace(
    /\\x([89][0-9A-F])|\\x\{(FFF[EF])\}/g,
    (_, byte?: string, wide?: string) => `\\u${wide ?? `00${byte}`}`,
  );
}

/** The number of a node in an identifier is that of the runtime that prints it; here it is always 0. */
function withoutNodeNumbers(text: string): string {
  return text.replace(/<\d+\.(?=\d)/g, "<0.");
}

test('formatTerm() writes what io_lib:format("~0tp") writes, for any term', async () => {
  await fc.assert(
    fc.asyncProperty(anyTermOfOneNode, async (term) => {
      fc.pre(!someList(term, isForeignText));
      const expected = withoutNodeNumbers(await oracle.format(term, "erlang"));
      expect(withoutNodeNumbers(formatTerm(term, "erlang"))).toBe(expected);
    }),
    { numRuns: 1500 },
  );
});

test("formatTerm() writes what inspect writes, for any term without charlists", async () => {
  await fc.assert(
    fc.asyncProperty(anyTermOfOneNode, async (term) => {
      fc.pre(!someList(term, isCharlist));
      const expected = withoutNodeNumbers(readable(await oracle.format(term, "elixir")));
      expect(withoutNodeNumbers(formatTerm(term, "elixir"))).toBe(expected);
    }),
    { numRuns: 1500 },
  );
});

test("formatTerm() writes floats as both languages do, for any float", async () => {
  await fc.assert(
    fc.asyncProperty(anyFloat, async (float) => {
      expect(formatTerm(float, "erlang")).toBe(await oracle.format(float, "erlang"));
      expect(formatTerm(float, "elixir")).toBe(await oracle.format(float, "elixir"));
    }),
    { numRuns: 1500 },
  );
});

test.each([
  "a?",
  "Foo!",
  "Elixir.Foo",
  "Elixir.foo",
  "Elixir.Elixir.Foo",
  "Elixir",
  "",
  "do",
  "a@b",
  "@a",
  "a b",
  "1",
])("formatTerm() writes the atom %j as both languages do, also as a key and a function", async (name) => {
  const key = new Atom(name);
  for (const term of [key, [new Tuple([key, 1])], new MapTerm([[key, 1]])]) {
    expect(formatTerm(term, "erlang")).toBe(await oracle.format(term, "erlang"));
    expect(formatTerm(term, "elixir")).toBe(await oracle.format(term, "elixir"));
  }
  const captured = new Export("m", name, 1);
  expect(formatTerm(captured, "elixir")).toBe(await oracle.format(captured, "elixir"));
});

test.each(
  (
    "! != !== % %{} & && &&& * ** + ++ +++ - -- --- -> . .. ... ..// / // < <- << <<< <<> <<>> <<~ <= <> <|> = == " +
    "=== => =~ > >= >> >>> @ [] \\\\ ^ ^^^ {} | |> || ||| ~> ~>> ~~~ :: , ; : ? ( ) ()"
  ).split(" "),
)("formatTerm() writes the operator %s as Elixir does, as an atom, a key and a function", async (name) => {
  const terms = [new Atom(name), [new Tuple([new Atom(name), 1])], new Export("m", name, 1)];
  for (const term of terms) {
    expect(formatTerm(term, "elixir")).toBe(await oracle.format(term, "elixir"));
  }
});

describe("formatTerm() writes", () => {
  const struct = new MapTerm([
    [atom("name"), binary("x")],
    [atom("__struct__"), atom("Elixir.My.Server")],
    [atom("id"), 1],
  ]);
  const pid = new Pid("a@b", 4, 1, 9);
  const fun = new Fun({
    module: "Elixir.Foo",
    arity: 2,
    index: 3,
    uniq: new Uint8Array(16),
    oldIndex: 3,
    oldUniq: 77,
    pid,
    freeVariables: [],
  });

  test.each<[name: string, term: Term, elixir: string, erlang: string]>([
    ["a charlist", charlist('a"b\n'), '~c"a\\"b\\n"', '"a\\"b\\n"'],
    [
      "a charlist with some letters that are not ASCII",
      charlist("café ● ok"),
      '~c"café ● ok"',
      '"café ● ok"',
    ],
    ["numbers that happen to be characters", [80, 443], "[80, 443]", "[80,443]"],
    [
      "a struct",
      struct,
      '%My.Server{id: 1, name: "x"}',
      "#{'__struct__' => 'Elixir.My.Server',id => 1,name => <<\"x\">>}",
    ],
    ["a map with a module as key", new MapTerm([[atom("Elixir.A"), 1]]), "%{A => 1}", "#{'Elixir.A' => 1}"],
    ["a pid", pid, "#PID<0.4.1>", "<0.4.1>"],
    ["a reference", new Reference("a@b", 9, [1, 2, 3]), "#Reference<0.3.2.1>", "#Ref<0.3.2.1>"],
    ["a port", new Port("a@b", 5n, 9), "#Port<0.5>", "#Port<0.5>"],
    ["a fun", fun, "#Function<3.77/2 in Foo>", "#Fun<'Elixir.Foo'.3.77>"],
    ["a word that later versions of Erlang reserve", atom("maybe"), ":maybe", "'maybe'"],
  ])("%s", (_, term, elixir, erlang) => {
    expect(formatTerm(term, "elixir")).toBe(elixir);
    expect(formatTerm(term, "erlang")).toBe(erlang);
  });
});

describe("formatTerm() with limits", () => {
  const deep = new Tuple([atom("a"), new Tuple([atom("b"), [atom("c")]])]);

  test("marks where it cut, when the text is too long", () => {
    expect(formatTerm(deep, "erlang", { maxLength: 5 })).toBe("{a,{b…");
    expect(formatTerm(deep, "elixir", { maxLength: 5 })).toBe("{:a, …");
  });

  test("leaves nothing out, when the text just fits", () => {
    expect(formatTerm(deep, "erlang", { maxLength: 11 })).toBe("{a,{b,[c]}}");
  });

  test("marks what is too deep", () => {
    expect(formatTerm(deep, "erlang", { maxDepth: 2 })).toBe("{a,{b,[…]}}");
    expect(formatTerm(deep, "elixir", { maxDepth: 1 })).toBe("{:a, {…}}");
    expect(formatTerm(deep, "elixir", { maxDepth: 0 })).toBe("{…}");
  });

  test("cuts no character in two", () => {
    expect(formatTerm(binary("😀😀"), "elixir", { maxLength: 4 })).toBe('"😀…');
  });

  test.each([
    ["a binary of text", Buffer.alloc(50_000_000, "é")],
    ["a binary of bytes", Buffer.alloc(50_000_000)],
    ["a long list", Array.from({ length: 1_000_000 }, (_, index) => index)],
    ["a long charlist", Array.from({ length: 1_000_000 }, () => 97)],
  ])("is quick, when it writes the beginning of %s", (_, term) => {
    const start = performance.now();
    expect(formatTerm(term, "elixir", { maxLength: 100 })).toHaveLength(101);
    expect(formatTerm(term, "erlang", { maxLength: 100 })).toHaveLength(101);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
