import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

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
