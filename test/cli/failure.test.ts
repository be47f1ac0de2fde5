import { expect, test } from "vitest";
import { errorText } from "../../src/cli/failure.ts";

test("errorText() hides what is secret in an error", () => {
  const mask = (text: string): string => text.replaceAll("hidden", "********");
  expect(errorText(new TypeError("it is hidden"), mask)).toContain("TypeError: it is ********\n");
});

test("errorText() shows nothing of an error in which nothing can be hidden, and says so", () => {
  const mask = (): string => {
    throw new SyntaxError("hidden, too");
  };
  const text = errorText(new TypeError("it is hidden"), mask);
  expect(text).toMatch(/^This is a bug in fusion-play\..*could not be hidden \(TypeError, SyntaxError\)\n$/);
  expect(text).not.toContain("it is hidden");
  expect(text).not.toContain("hidden, too");
});
