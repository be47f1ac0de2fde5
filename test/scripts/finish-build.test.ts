import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCheckout, type Checkout } from "./checkout.ts";

let checkout: Checkout;

beforeEach(async () => {
  checkout = await makeCheckout();
  for (const file of ["src/cli/main.ts", "dist/cli/main.d.ts", "dist/cli/gone.js", "dist/cli/gone.d.ts"]) {
    await checkout.write(file, "");
  }
});

afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

test("finish-build.mjs makes the program executable and removes what has no source", async () => {
  await checkout.write("dist/cli/main.js", "#!/usr/bin/env node\n");
  expect(await checkout.run("finish-build.mjs")).toEqual({ code: 0, stdout: "", stderr: "" });
  await access(join(checkout.root, "dist/cli/main.js"), constants.X_OK);
  expect((await readdir(join(checkout.root, "dist/cli"))).toSorted()).toEqual(["main.d.ts", "main.js"]);
});

test("finish-build.mjs fails, when the program names no interpreter", async () => {
  await checkout.write("dist/cli/main.js", "import './x.js';\n");
  const { code, stderr } = await checkout.run("finish-build.mjs");
  expect(code).toBe(1);
  expect(stderr).toBe(
    "Cannot finish the build: 'dist/cli/main.js' does not start with #!/usr/bin/env node\n",
  );
});
