import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const NODE = [process.execPath, "--import", import.meta.resolve("jiti/register"), PROGRAM];
/** Hosts that refuse every connection, one after another. */
const REFUSING = ["-i", "a,b,c,", "-e", "fusion_host=127.0.0.1", "-e", "fusion_port=1"];

/** Runs the program in a process of its own. */
async function main(
  args: readonly string[],
  stdout: "pipe" | number,
): Promise<{ code: number; stderr: string }> {
  const [node = "", ...program] = NODE;
  const child = spawn(node, [...program, ...args], { stdio: ["ignore", stdout, "pipe"] });
  child.stdout?.once("data", () => child.stdout?.destroy());
  const [stderr, [code]] = await Promise.all([
    text(child.stderr as NodeJS.ReadableStream),
    once(child, "close"),
  ]);
  return { code: code as number, stderr };
}

test("main() goes on without a word when nobody reads its output any more, as in `doctor all | head -1`", async () => {
  const options = ["--connect-retries", "0", "--connect-concurrency", "1"];
  expect(await main(["doctor", "all", ...REFUSING, ...options], "pipe")).toEqual({ code: 4, stderr: "" });
});

test("main() makes no call where the pattern is empty, as that of a variable which is not set", async () => {
  const { code, stderr } = await main(["call", "", "init:stop()", ...REFUSING], "pipe");
  expect([code, stderr]).toEqual([
    3,
    'call:1:1: Cannot read the host pattern "": it is empty\n  Name hosts or groups; all stands for every host\n',
  ]);
});

test.each([[["schema", "report"]], [["inventory", "-i", "w1,", "--list"]], [["--version"]]])(
  "main() ends with 1 when %j cannot be written, as the disk is full",
  async (args) => {
    const full = openSync("/dev/full", "w");
    const { code, stderr } = await main(args, full);
    closeSync(full);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error FILE_UNREADABLE: Cannot write the output: ENOSPC.*\n.*disk is not full\n$/,
    );
  },
);

test.each([
  [
    "validate",
    "process.exit(0);",
    /^error: The process was ended .*\n +at .*early\.ts:2:[^]*process\.exit\(\)/,
  ],
  ["run", "setTimeout(() => process.exit()); await new Promise(() => {});", /\n +at .*early\.ts:2:/],
  ["validate", "process.exit(5);", /early\.ts:2:/],
  ["validate", "await new Promise(() => {});", /error: Nothing is left to wait for/],
  [
    "validate",
    "void Promise.reject(new Error('nobody waits'));",
    /No play caught this error:\nError: nobody waits/,
  ],
  ["validate", "process.exitCode = 0;", /^$/],
])(
  "main() tells where a playbook ends the process or makes an error that reaches nobody, of %s with %s",
  async (command, code, told) => {
    const file = join(temporaryFolder(), "early.ts");
    writeFileSync(
      file,
      `import { play } from "fusion-play";\n${code}\nexport default play({ hosts: "all", steps: [] });\n`,
    );
    const ended = await main([command, file, "-i", "a,"], "pipe");
    expect(ended.stderr).toMatch(told);
    expect(ended.code).toBe(ended.stderr === "" ? 0 : 3);
  },
);

test("main() has small buffers cut out of slabs of 2 KiB, as SSH keeps several of each host, and with them their slabs", async () => {
  const file = join(temporaryFolder(), "slabs.ts");
  // The first slab was made before the program began.
  const slabs = "Array.from({ length: 1000 }, () => Buffer.from('x'.repeat(500)).buffer.byteLength)";
  writeFileSync(file, `console.log(${slabs}.at(-1));\nexport default { all: { hosts: { w1: {} } } };\n`);
  const { stderr } = await main(["inventory", "-i", file, "--list"], "pipe");
  expect(Number(stderr)).toBeGreaterThanOrEqual(2048);
  expect(Number(stderr)).toBeLessThan(3000); // releases align them in different ways
});
