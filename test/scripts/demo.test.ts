import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCheckout, outcomeOf, type Checkout } from "./checkout.ts";

const [up, run, down] = ["lab up --hosts 5", "playbooks/site.yml -i inventory/hosts.yml", "lab down"];
let checkout: Checkout;

/** A program that notes what it is called with; a run ends with the code, or waits for a signal. */
async function makeProgram({ lab, code }: { lab: "up" | "down"; code: number | "wait" }): Promise<void> {
  await checkout.write(
    "dist/lab/lab-status.js",
    `export const labStatus = async () => ({ type: "${lab}" });`,
  );
  await checkout.write(
    "dist/cli/main.js",
    `import { appendFileSync } from "node:fs";
const args = process.argv.slice(2).join(" ");
appendFileSync(process.env.LOG, args + "\\n");
if (args === ${JSON.stringify(run)}) {
  ${
    code === "wait"
      ? `process.on("SIGTERM", () => process.exit(143)); process.on("SIGINT", () => process.exit(130));
         console.log("running"); setInterval(() => {}, 1000);`
      : `process.exit(${code});`
  }
}`,
  );
  await checkout.write("package.json", '{ "type": "module" }');
}

beforeEach(async () => {
  checkout = await makeCheckout();
});

afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

test.each([0, 2, 6])("demo.mjs ends with the code of the run, when that is %i", async (code) => {
  await makeProgram({ lab: "down", code });
  expect((await checkout.run("demo.mjs")).code).toBe(code);
  expect(await checkout.log()).toEqual([up, run, down]);
});

test("demo.mjs leaves a lab alone, when it was up before", async () => {
  await makeProgram({ lab: "up", code: 0 });
  expect((await checkout.run("demo.mjs")).code).toBe(0);
  expect(await checkout.log()).toEqual([run]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("demo.mjs takes the lab down, when it is stopped by %s", async (signal, code) => {
  await makeProgram({ lab: "down", code: "wait" });
  const child = checkout.start("demo.mjs");
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  while (!printed.includes("running")) await sleep(20);
  child.kill(signal);
  const [exitCode] = (await once(child, "exit")) as [number | null];
  expect(exitCode).toBe(code);
  expect(await checkout.log()).toEqual([up, run, down]);
});

test("demo.mjs runs nothing, when the lab does not come up", async () => {
  await makeProgram({ lab: "down", code: 0 });
  await checkout.write(
    "dist/cli/main.js",
    `import { appendFileSync } from "node:fs";
appendFileSync(process.env.LOG, process.argv.slice(2).join(" ") + "\\n");
process.exit(process.argv[3] === "up" ? 3 : 0);`,
  );
  expect((await outcomeOf(checkout.start("demo.mjs"))).code).toBe(3);
  expect(await checkout.log()).toEqual([up, down]);
});
