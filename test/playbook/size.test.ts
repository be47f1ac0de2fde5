import { expect, test } from "vitest";
import { parseSize } from "../../src/playbook/size.ts";

test.each([
  ["256MB", 256 * 1024 ** 2],
  ["1.5 GB", 1.5 * 1024 ** 3],
  ["64kb", 65_536],
  ["64KiB", 65_536],
  ["100B", 100],
  ["4096", 4096],
  [4096, 4096],
])("parseSize() reads %j", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["", "much", "-1MB", "1TB", "1 2MB", "MB", Number.NaN, "9999999999GB"])(
  "parseSize() refuses %j",
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);
