import { expect, test } from "vitest";
import { ByteWriter } from "../../src/bytes/byte-writer.ts";

const LARGE = Buffer.alloc(64 * 1024, 7);

/** The same fields with a buffer in the middle, shared or copied. */
function write(add: (writer: ByteWriter) => ByteWriter): ByteWriter {
  const writer = new ByteWriter().uint32(0).latin1("before");
  add(writer).uint16(258).latin1("x".repeat(300)).latin1("behind");
  writer.patchUint32(0, writer.length);
  // Behind the large part, in what is not finished.
  writer.patchUint32(writer.length - 6, 1);
  return writer;
}

test("shared() writes what bytes() writes, without a copy where it is large", () => {
  for (const value of [LARGE, Buffer.from("small"), Buffer.alloc(0)]) {
    const copied = write((writer) => writer.bytes(value)).finish();
    expect(copied.readUInt32BE(0)).toBe(copied.length);
    const shared = write((writer) => writer.shared(value));
    expect(shared.length).toBe(copied.length);
    expect(shared.finish().equals(copied)).toBe(true);
    const parts = write((writer) => writer.shared(value).shared(value)).finishParts();
    expect(parts.filter((part) => part === value)).toHaveLength(value === LARGE ? 2 : 0);
    const twice = write((writer) => writer.bytes(value).bytes(value)).finish();
    expect(Buffer.concat(parts).equals(twice)).toBe(true);
  }
});

test("finishParts() gives nothing for nothing, and what was shared alone as it is", () => {
  expect(new ByteWriter().finishParts()).toEqual([]);
  const [part, ...others] = new ByteWriter().shared(LARGE).finishParts();
  expect(part === LARGE).toBe(true);
  expect(others).toEqual([]);
});
