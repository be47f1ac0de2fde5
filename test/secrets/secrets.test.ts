import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTerm } from "../../src/etf/format.ts";
import { TermList } from "../../src/etf/data.ts";
import { termToJson } from "../../src/etf/json.ts";
import {
  Atom,
  binary,
  charlist,
  Float,
  ImproperList,
  MapTerm,
  tuple,
  type Term,
} from "../../src/etf/term.ts";
import { maskTerm } from "../../src/secrets/mask-term.ts";
import { Secrets } from "../../src/secrets/secrets.ts";

function secretsOf(...texts: string[]): Secrets {
  const secrets = new Secrets();
  for (const text of texts) secrets.add(text);
  return secrets;
}

describe("Secrets", () => {
  test("mask() hides every occurrence, the longest where several begin", () => {
    const secrets = secretsOf("pass", "password1", "a.b*c");
    expect(secrets.mask("password1, pass: a.b*c aXbc")).toBe("********, ********: ******** aXbc");
    expect(new Secrets().mask("password1")).toBe("password1");
  });

  test("mask() hides each line of a text, and a text in quotes", () => {
    const secrets = secretsOf('-----BEGIN KEY-----\n  abc"def\\g\n--\n\n');
    expect(secrets.mask('x abc"def\\g y -- -----BEGIN KEY-----')).toBe("x ******** y -- ********");
    expect(secrets.mask(JSON.stringify({ key: 'abc"def\\g' }))).toBe('{"key":"********"}');
  });

  test("add() takes no text of less than four bytes, and nothing that is in everything", () => {
    const secrets = secretsOf("abc", "üü", "true", " ok  ");
    expect(secrets.mask("abc üü true ok")).toBe("abc ******** true ok");
    expect(secretsOf("abc", "").isEmpty).toBe(true);
  });

  test("mask() hides a long text with what stands in it, and as much of it as follows its beginning", () => {
    const long = `pass "${"0123456789".repeat(3_000_000)}`;
    const secrets = secretsOf("pass", long, "z".repeat(1500));
    expect(secrets.mask(`a pass ${long}, ${long}`)).toBe("a ******** ********, ********");
    expect(secrets.mask(`${long.slice(0, 5000)}!`)).toBe("********!");
    expect(secrets.mask(JSON.stringify({ long }))).toBe('{"long":"********"}');
    expect(secrets.mask(`${"z".repeat(1400)} pass`)).toBe("******** ********");
    const latin1 = Buffer.from(`ü${"ä".repeat(600)}`).toString("latin1");
    expect(secretsOf(`ü${"ä".repeat(600)}`).maskLatin1(`<${latin1}>`)).toBe("<********>");
  });

  test("certainLength() holds back what may begin a long text, and shows the rest", () => {
    const long = `begin${"0123456789".repeat(3_000_000)}`;
    const secrets = secretsOf(long);
    expect(secrets.certainLength("a text beg")).toBe(7);
    expect(secrets.certainLength(`a text ${long.slice(0, 100_000)}`)).toBe(7);
    expect(secrets.certainLength(`a text ${long.slice(0, 100_000)}!`)).toBe(100_008);
    expect(secrets.certainLength(`a ${long} text`)).toBe(long.length + 7);
  });

  test("a binary that is no text is hidden whole: its bytes, in base64, and as readers of UTF-8 have it", () => {
    const bytes = Buffer.from(
      Array.from({ length: 3000 }, (_, index) => (index * 7919 + (index >> 3)) % 256),
    );
    const secrets = new Secrets();
    secrets.addResult(tuple(new Atom("ok"), bytes), "web1");
    expect(secrets.mask(`<${bytes.toString("base64")}>`)).toBe("<********>");
    expect(secrets.mask(`<${bytes.toString("utf8").trim()}>`)).toBe("<********>");
    const around = Buffer.concat([Buffer.from("before "), bytes, Buffer.from(" behind")]);
    expect(maskTerm(around, secrets)).toEqual(Buffer.from("before ******** behind"));
    // Its lines alone are not looked for: there would be one for every 128 bytes.
    expect(secrets.mask("\ufffd\ufffd a")).toBe("\ufffd\ufffd a");
  });

  test("a short binary that is no text is hidden as well, and one of three bytes is none", () => {
    const secrets = new Secrets();
    secrets.addData([Uint8Array.of(0xff, 1, 2, 3), Uint8Array.of(0xff, 9, 9)]);
    expect(maskTerm(Buffer.from([1, 0xff, 1, 2, 3]), secrets)).toEqual(Buffer.from("\u0001********"));
    expect(maskTerm(Uint8Array.of(0xff, 9, 9), secrets)).toEqual(Uint8Array.of(0xff, 9, 9));
  });

  test("of a result of many lines as many are looked for as of many results", () => {
    const secrets = new Secrets();
    secrets.addResult(Array.from({ length: 20_000 }, (_, index) => `line ${index} of it`).join("\n"), "web1");
    expect(secrets.mask("line 9999 of it")).toBe("********");
    expect(secrets.mask("line 19999 of it")).not.toBe("********");
  });

  test("addResult() takes ten thousand texts of all results of a host together, and as many of each other one", () => {
    const secrets = new Secrets();
    const texts = (from: number): string[] =>
      Array.from({ length: 9000 }, (_, index) => `item ${from + index}`);
    secrets.addResult(texts(10_000), "web1");
    secrets.addResult(texts(20_000), "web1");
    secrets.addResult(["item of another"], "web2");
    secrets.addData(["given later"]);
    expect(secrets.mask("item 10000, item 18999, item 20999, item 21000, item of another, given later")).toBe(
      "********, ********, ********, item 21000, ********, ********",
    );
  });

  test("a long text that begins inside of a short one is hidden, too", () => {
    const long = "cd".repeat(300);
    expect(secretsOf("abcd", long).mask(`abcd ab${long}!`)).toBe("******** ****************!");
  });

  test("what is shown in pieces is what is shown at once", () => {
    const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
      fc
        .array(fc.constantFrom("a", "b", "c", '"', "\\", "ü"), { minLength, maxLength })
        .map((characters) => characters.join(""));
    fc.assert(
      fc.property(
        fc.array(text(4, 9), { minLength: 1, maxLength: 90 }),
        text(0, 120),
        text(0, 20),
        (hidden, piece, next) => {
          const secrets = secretsOf(...hidden);
          const length = secrets.certainLength(piece);
          const shown = secrets.mask(piece.slice(0, length)) + secrets.mask(piece.slice(length) + next);
          expect(shown).toBe(secrets.mask(piece + next));
        },
      ),
      { numRuns: 3000 },
    );
  });

  // To make one pattern of them anew for each took minutes.
  test(
    "many texts are added and looked for in little time, also one after another",
    { timeout: 4000 },
    () => {
      const secrets = new Secrets();
      for (let result = 0; result < 400; result++) {
        const lines = Array.from({ length: 25 }, (_, index) =>
          `${result} ${index} `.padEnd(199, `${index}x`),
        );
        secrets.addResult(lines.join("\n"), "web1");
        expect(secrets.mask(`<${lines[7]}>`)).toBe("<********>");
        expect(secrets.certainLength(`<${lines[7]?.slice(0, -1)}`)).toBe(1);
      }
    },
  );

  test("addData() takes texts and numbers however deep, and no names of keys", () => {
    const secrets = new Secrets();
    secrets.addData({
      listed: ["first-secret", { deep: 12345 }, true, null, 1],
      term: tuple(new Atom("atom_secret"), binary("in-binary")),
      float: new Float(1234.5),
      map: new MapTerm([[binary("key_name"), binary("map-value")]]),
      chars: charlist("characters") as number[],
      host: new TermList(charlist("from-host")),
      large: 123456789012345678901n,
    });
    const shown =
      "listed first-secret 12345 atom_secret in-binary 1234.5 key_name map-value characters from-host 123456789012345678901 term_list";
    expect(secrets.mask(shown)).toBe(
      "listed ******** ******** ******** ******** ******** key_name ******** ******** ******** ******** term_list",
    );
  });
});

describe("maskTerm()", () => {
  const secrets = secretsOf("s3cret!", "pässwort", "48151623");

  test.each<[string, Term, Term]>([
    ["a binary", binary("a s3cret! b"), binary("a ******** b")],
    [
      "a binary that is not UTF-8",
      Buffer.from([255, ...binary("pässwort")]),
      Buffer.from([255, ...binary("********")]),
    ],
    ["a charlist", charlist("is pässwort?"), charlist("is ********?")],
    ["a list of bytes", [...binary("pässwort")], charlist("********")],
    [
      "characters beside other terms",
      [charlist("ab"), ...charlist("s3cret!"), binary("x")],
      [charlist("ab"), ...charlist("********"), binary("x")],
    ],
    ["an atom", new Atom("s3cret!"), new Atom("********")],
    ["a number", tuple(48151623, 48151624), tuple(binary("********"), 48151624)],
    ["a number in a list", [48151623, 1], [binary("********"), 1]],
    [
      "keys and values of a map",
      new MapTerm([[binary("s3cret!"), charlist("s3cret!")]]),
      new MapTerm([[binary("********"), charlist("********")]]),
    ],
    [
      "an improper list",
      new ImproperList(charlist("s3cret!"), binary("s3cret!")),
      new ImproperList(charlist("********"), binary("********")),
    ],
  ])("hides a secret in %s", (_, term, masked) => {
    expect(maskTerm(term, secrets)).toEqual(masked);
  });

  test("leaves nothing of a secret in what is printed, wherever it stands in a term", () => {
    const text = fc.string({ unit: "grapheme-ascii", maxLength: 5 });
    const { term } = fc.letrec<{ term: Term; leaf: Term }>((tie) => ({
      leaf: fc
        .tuple(text, fc.constantFrom("s3cret!", "pässwort"), text)
        .chain(([before, secret, after]) =>
          fc.constantFrom<Term>(
            binary(before + secret + after),
            charlist(before + secret + after),
            [...binary(before + secret + after)],
            new Atom(before + secret + after),
          ),
        ),
      term: fc.oneof(
        { depthSize: "small" },
        tie("leaf"),
        fc.array(tie("term"), { maxLength: 3 }),
        fc.array(tie("term"), { maxLength: 3 }).map((elements) => tuple(...elements)),
        fc.tuple(tie("term"), tie("term")).map((pair) => new MapTerm([pair])),
      ),
    }));
    fc.assert(
      fc.property(term, (value) => {
        const masked = maskTerm(value, secrets);
        const printed = [
          formatTerm(masked, "erlang"),
          formatTerm(masked, "elixir"),
          JSON.stringify(termToJson(masked)),
        ].join("\n");
        expect(printed).not.toMatch(/s3cret!|pässwort|115, ?51, ?99|112, ?228, ?115|112, ?195, ?164/u);
      }),
    );
  });
});
