// Runs vitest with the arguments it is given, and ends with one line that says how many tests passed and failed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { countTests } from "./test-counts.mjs";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), "fusion-play-test-"));
const outcome = join(folder, "outcome.json");
const args = process.argv.slice(2).filter((argument, index) => index > 0 || argument !== "--");

const child = spawn(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${outcome}`,
    ...args,
  ],
  { stdio: "inherit", env: utf8Environment() },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // A terminal sends SIGINT to vitest as well.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
const [exitCode, signal] = await once(child, "exit");
const code = exitCode ?? 128 + constants.signals[signal];
const { passed, failed, skipped, names } = countTests(outcome, code);
rmSync(folder, { recursive: true });
for (const name of names) console.log(`failed: ${name}`);
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = code;

/** Ansible refuses to start without a UTF-8 locale, and bare machines have none. */
function utf8Environment() {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || "";
  if (process.platform !== "linux" || /utf-?8/i.test(locale)) return process.env;
  return { ...process.env, LC_ALL: "C.UTF-8" };
}
