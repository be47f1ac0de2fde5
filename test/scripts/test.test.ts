import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCheckout, type Checkout } from "./checkout.ts";

let checkout: Checkout;

beforeEach(async () => {
  checkout = await makeCheckout();
  const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
  await symlink(modules, join(checkout.root, "node_modules"));
  await checkout.write("package.json", '{ "type": "module" }');
  await checkout.write(
    "test/good.test.js",
    `import { expect, test } from "vitest";
test("one", () => expect(process.env.LC_ALL ?? process.env.LANG ?? "utf-8").toMatch(/utf-?8/i));
test("two", () => {});`,
  );
});

afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

test("test.mjs ends with one line that counts, when all tests pass", async () => {
  const { code, stdout } = await checkout.run("test.mjs");
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("2 passed, 0 failed");
});

test("test.mjs counts failed tests and files that cannot be loaded, when there are some", async () => {
  await checkout.write(
    "test/bad.test.js",
    `import { expect, test } from "vitest";
test("three", () => expect(1).toBe(2));
test.skip("four", () => {});`,
  );
  await checkout.write("test/broken.test.js", 'import "./missing.js";');
  const { code, stdout } = await checkout.run("test.mjs");
  expect(code).toBe(1);
  expect(stdout.trimEnd().split("\n").slice(-2)).toEqual(["1 skipped", "2 passed, 2 failed"]);
});

test("test.mjs counts an error outside of the tests as a failed one", async () => {
  await checkout.write(
    "test/late.test.js",
    `import { test } from "vitest";
test("throws later", async () => {
  setTimeout(() => { throw new Error("late"); }, 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
});`,
  );
  const { code, stdout } = await checkout.run("test.mjs", ["--", "test/late.test.js"]);
  expect(code).toBe(1);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 passed, 1 failed");
});

test("test.mjs fails, when no test matches its arguments", async () => {
  const { code, stdout } = await checkout.run("test.mjs", ["nowhere"]);
  expect(code).toBe(1);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
});
