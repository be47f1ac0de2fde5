import { expect, test } from "vitest";
import { jsonText } from "../../src/report/json-text.ts";

test("jsonText() writes what JSON.stringify writes", () => {
  const json = {
    text: "x".repeat(100_000),
    list: Array.from({ length: 5000 }, (_, index) => index),
    none: null,
  };
  expect(jsonText(json)).toBe(JSON.stringify(json));
  expect(jsonText(json, 2)).toBe(JSON.stringify(json, null, 2));
});

test("jsonText() cuts long texts and lists, and says so, where all of it would be longer than a text may be", () => {
  // Each of these characters takes six.
  const json = { host: "web1", text: "\0".repeat(95_000_000), list: Array.from({ length: 5000 }, () => 7) };
  const read = JSON.parse(jsonText(json)) as { host: string; text: string; list: unknown[] };
  expect(read.host).toBe("web1");
  expect(read.text).toHaveLength(65_536 + "\n[… 94934464 more characters were cut]".length);
  expect(read.text.endsWith("[… 94934464 more characters were cut]")).toBe(true);
  expect([read.list.length, read.list.at(-1)]).toEqual([1001, "[… 4000 more elements were cut]"]);
});
