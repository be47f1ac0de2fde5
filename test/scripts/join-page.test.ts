import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCheckout, type Checkout } from "./checkout.ts";

let checkout: Checkout;

beforeEach(async () => {
  checkout = await makeCheckout();
  await checkout.write("src/page/page.css", "p {}\n");
  await checkout.write("dist/report/text.js", "export function text() {\n    return 'text';\n}\n");
});

afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

test("join-page.mjs puts each module once behind those that it imports, and the style beside them", async () => {
  await checkout.write(
    "dist/page/main.js",
    'import { draw } from "./draw.js";\nimport { text } from "../report/text.js";\ndraw(text());\n',
  );
  await checkout.write(
    "dist/page/draw.js",
    'import { text } from "../report/text.js";\nexport const draw = (what) => what + text();\n',
  );
  expect(await checkout.run("join-page.mjs")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await readFile(join(checkout.root, "dist/page/script.js"), "utf8")).toBe(
    `"use strict";
(() => {
function text() {
    return 'text';
}
const draw = (what) => what + text();
draw(text());
})();
`,
  );
  expect(await readFile(join(checkout.root, "dist/page/page.css"), "utf8")).toBe("p {}\n");
});

test.each([
  [
    "a name that two modules declare",
    'import { text } from "../report/text.js";\nfunction text() {}\n',
    "both declare text",
  ],
  ["an import of all", 'import * as all from "../report/text.js";\n', "which cannot be joined"],
  ["an import of a package", 'import fs from "node:fs";\n', "which cannot be joined"],
  ["text that ends the element", 'const end = "</script>";\n', "would end the element"],
])("join-page.mjs refuses %s", async (_what, main, message) => {
  await checkout.write("dist/page/main.js", main);
  const { code, stderr } = await checkout.run("join-page.mjs");
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});
