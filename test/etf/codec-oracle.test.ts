import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { termsEqual } from "../../src/etf/equal.ts";
import { formatTerm } from "../../src/etf/format.ts";
import { binary, BitString, MapTerm, tuple, type Term } from "../../src/etf/term.ts";
import { anyTerm } from "./arbitrary-term.ts";
import { startOracle, type Oracle } from "./oracle.ts";

/** Terms per direction and run. */
const TERMS = 10_000;
const BATCH = 500;

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle[Symbol.asyncDispose]());

test("encodeTerm() writes what binary_to_term reads, for 10,000 generated terms", async () => {
  const seed = Date.now() % 2 ** 31;
  const terms = fc.sample(anyTerm, { numRuns: TERMS, seed });
  for (let start = 0; start < TERMS; start += BATCH) {
    const batch = terms.slice(start, start + BATCH);
    // Every other one compressed.
    const encode = (term: Term, index: number): Buffer => encodeTerm(term, { compressed: index % 2 === 1 });
    const answers = await Promise.all(batch.map((term, index) => oracle.roundTrip(encode(term, index))));
    for (const [index, answer] of answers.entries()) {
      const term = batch[index] ?? [];
      const isEqual = termsEqual(decodeTerm(answer), term);
      expect(isEqual, `seed ${seed}: ${formatTerm(term, "erlang", { maxLength: 2000 })}`).toBe(true);
    }
  }
});

test("decodeTerm() reads what term_to_binary writes, for 10,000 generated terms", async () => {
  const seed = Date.now() % 2 ** 31;
  for (let start = 0; start < TERMS; start += BATCH) {
    const encodings = await oracle.generate(seed + start, BATCH);
    const answers = await Promise.all(
      encodings.map((bytes) => oracle.areEqual(bytes, encodeTerm(decodeTerm(bytes)))),
    );
    for (const [index, isEqual] of answers.entries()) {
      const hex = Buffer.from(encodings[index] ?? []).toString("hex", 0, 2000);
      expect(isEqual, `seed ${seed + start}: ${hex}`).toBe(true);
    }
  }
});

test("encodeTerm() compresses a term that repeats itself, and leaves one alone that would grow", async () => {
  const long = Array.from({ length: 5000 }, () => binary("again and again"));
  const bytes = encodeTerm(long, { compressed: true });
  expect(bytes.length).toBeLessThan(encodeTerm(long).length / 50);
  expect(await oracle.areEqual(bytes, encodeTerm(long))).toBe(true);
  expect(termsEqual(decodeTerm(bytes), long)).toBe(true);
  expect(encodeTerm(1, { compressed: true })).toEqual(encodeTerm(1));
});

test.each<[string, unknown]>([
  ["a string", "text"],
  ["null", null],
  ["undefined", undefined],
  ["true", true],
  ["an object", {}],
  ["an object", { type: "tulpe" }],
])("encodeTerm() refuses %s inside a term", (what, value) => {
  const inside = [tuple(value as Term), [value as Term], new MapTerm([[1, value as Term]])];
  for (const term of inside) {
    expect(() => encodeTerm(term)).toThrow(
      new RangeError(`Cannot encode ${what} inside a term: write text as binary("…") or charlist("…")`),
    );
  }
});

test("decodeTerm() gives back what encodeTerm() was given, for any term", () => {
  fc.assert(
    fc.property(anyTerm, (term) => {
      expect(termsEqual(decodeTerm(encodeTerm(term)), term)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("decodeTerm() takes no notice of bits that do not count, as binary_to_term does", () => {
  expect(decodeTerm(Buffer.of(131, 77, 0, 0, 0, 1, 3, 255))).toEqual(new BitString(Uint8Array.of(0xe0), 3));
});

/** Gives a DecodeError or a term that can be written and sent, and nothing else. */
function decodeAny(bytes: Uint8Array): void {
  try {
    const term = decodeTerm(bytes);
    formatTerm(term, "erlang", { maxLength: 1000 });
    // Hosts get back what they sent, as in a reply.
    encodeTerm(term);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

test("decodeTerm() gives a term or a DecodeError, for any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeAny(bytes);
      decodeAny(Buffer.concat([Buffer.of(131), bytes]));
    }),
    { numRuns: 5000 },
  );
});

test("decodeTerm() gives a term or a DecodeError, when encodings of Erlang are changed or cut", async () => {
  const encodings = await oracle.generate(7, 400);
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.constantFrom(...encodings), changes, fc.nat(), (encoding, changed, end) => {
      const bytes = Buffer.from(encoding);
      for (const [position, value] of changed) bytes[position % bytes.length] = value;
      decodeAny(bytes);
      decodeAny(encoding.subarray(0, end % encoding.length));
    }),
    { numRuns: 5000 },
  );
});

test.each<[name: string, bytes: number[]]>([
  ["a tuple that claims four thousand million elements", [131, 105, 255, 255, 255, 255]],
  ["a list that claims four thousand million elements", [131, 108, 255, 255, 255, 255]],
  ["a map that claims four thousand million pairs", [131, 116, 255, 255, 255, 255]],
  ["a binary that claims four thousand million bytes", [131, 109, 255, 255, 255, 255]],
  ["an integer that claims four thousand million bytes", [131, 111, 255, 255, 255, 255, 0]],
  ["a compressed term that claims four thousand million bytes", [131, 80, 255, 255, 255, 255, 120, 156]],
  ["lists in lists without end", [131, ...Array.from({ length: 100_000 }, () => [108, 0, 0, 0, 1]).flat()]],
  ["a bit string without bits in its last byte", [131, 77, 0, 0, 0, 1, 0, 255]],
])("decodeTerm() refuses at once, when it is given %s", (_, bytes) => {
  const start = performance.now();
  const memory = process.memoryUsage().rss;
  expect(() => decodeTerm(Buffer.from(bytes))).toThrow(DecodeError);
  expect(performance.now() - start).toBeLessThan(500);
  expect(process.memoryUsage().rss - memory).toBeLessThan(100 * 1024 * 1024);
});

test("decodeTerm() takes integers of tens of kilobytes, but not as many as take seconds to write", async () => {
  const integersOf = (bytes: number, count: number): Buffer =>
    encodeTerm(Array.from({ length: count }, (_, index) => 2n ** BigInt(8 * bytes - 1) + BigInt(index)));
  for (const bytes of [integersOf(1024, 1000), integersOf(8192, 200), integersOf(65_536, 7)]) {
    expect(await oracle.areEqual(bytes, encodeTerm(decodeTerm(bytes)))).toBe(true);
  }
  for (const bytes of [integersOf(8192, 513), integersOf(65_536, 50)]) {
    expect(() => decodeTerm(bytes)).toThrow("it takes more than 268435456 bytes of memory");
  }
});

test("decodeTerm() refuses a compressed term that grows beyond its limit", async () => {
  const bytes = await oracle.roundTrip(encodeTerm(tuple(binary("x".repeat(100_000)))));
  const { deflateSync } = await import("node:zlib");
  const header = Buffer.alloc(6);
  header.writeUInt8(131);
  header.writeUInt8(80, 1);
  header.writeUInt32BE(bytes.length - 1, 2);
  const compressed = Buffer.concat([header, deflateSync(bytes.subarray(1))]);
  expect(termsEqual(decodeTerm(compressed), decodeTerm(bytes))).toBe(true);
  expect(() => decodeTerm(compressed, { maxInflatedBytes: 99_000 })).toThrow(DecodeError);
  header.writeUInt32BE(1000, 2);
  expect(() => decodeTerm(Buffer.concat([header, deflateSync(bytes.subarray(1))]))).toThrow(DecodeError);
});
