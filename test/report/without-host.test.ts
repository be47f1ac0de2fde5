import { expect, test } from "vitest";
import { withoutHost } from "../../src/report/without-host.ts";

test.each([
  ["m:f/0 raised badarg on web1", "web1", "m:f/0 raised badarg on <host>"],
  ["Cannot connect to web1:22: refused", "web1", "Cannot connect to <host>:22: refused"],
  [
    "web1 and web1. Not web10, my-web1, web1.example.org",
    "web1",
    "<host> and <host>. Not web10, my-web1, web1.example.org",
  ],
  ["a+b(c) is gone", "a+b(c)", "<host> is gone"],
  ["on web1", "", "on web1"],
  ["no name", "web1", "no name"],
])("withoutHost() of %j and %j", (message, host, text) => {
  expect(withoutHost(message, host)).toBe(text);
});
