// Runs live tests with other releases of OTP and Node.js than those that are installed.
//
//     npm run test:matrix                      everything: some hours
//     npm run test:matrix -- otp-23 node-24    some of it
//     npm run test:matrix -- --smoke           one file on each kind of host, and of Node.js
//     npm run test:matrix -- otp-23 test/live/loops.test.ts
//
// otp-23    the whole suite on a machine with this OTP: all of it happens in a Debian that has it
// hosts-23  what holds for hosts with this OTP whose modules are compiled here, or by the OTP of the hosts
// node-24   the whole suite, and the program, on this Node.js
//
// It ends with a line for each: how long it took, and how many tests passed, failed and were skipped.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostRoot, inMachine, machineRoot, run } from "./matrix-roots.mjs";
import { countTests } from "./test-counts.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const VITEST = "node_modules/vitest/vitest.mjs";

/** What must hold everywhere: its modules are compiled by the OTP of the hosts. */
const ANY = ["test/live/any-otp.test.ts"];
/** What holds on hosts that load what the OTP that is installed here compiles. */
const COMPILED_HERE = [
  "check",
  "code",
  "hot-swap",
  "inline-code",
  "loops",
  "misbehaving-function",
  "protected-modules",
].map((name) => `test/live/${name}.test.ts`);
const ALL = ["test/live"];

const RELEASES = [
  { otp: "23", suite: "bullseye", files: ANY },
  { otp: "25", suite: "bookworm", files: [...ANY, ...COMPILED_HERE] },
  { otp: "27", suite: "trixie", files: [...ANY, ...COMPILED_HERE] },
  { otp: "29", suite: "sid", files: ANY },
];
const CELLS = [
  ...RELEASES.map(({ otp, suite }) => ({
    name: `otp-${otp}`,
    files: ALL,
    isSmoke: false,
    start: () => onMachine(suite, otp),
  })),
  ...RELEASES.map(({ otp, suite, files }) => ({
    name: `hosts-${otp}`,
    files,
    isSmoke: true,
    start: () => onHosts(suite, otp),
  })),
  ...["20", "22", "24", "26"].map((major) => ({
    name: `node-${major}`,
    files: ALL,
    isSmoke: true,
    start: () => onNode(major),
  })),
];

const words = process.argv.slice(2);
const smoke = words.includes("--smoke");
const chosenFiles = words.filter((word) => existsSync(join(root, word)));
const names = words.filter((word) => word !== "--smoke" && !chosenFiles.includes(word));
const unknown = names.find((word) => !CELLS.some(({ name }) => name === word));
if (unknown !== undefined) fail(`There is no ${unknown}: ${CELLS.map(({ name }) => name).join(", ")}`);
const cells = CELLS.filter(({ name, isSmoke }) =>
  names.length === 0 ? isSmoke || !smoke : names.includes(name),
);

const summary = [];
let isOk = true;
for (const { name, files, start } of cells) {
  const began = Date.now();
  console.log(`== ${name}`);
  let counts;
  try {
    counts = runTests(start(), chosenFiles.length > 0 ? chosenFiles : smoke ? ANY : files);
  } catch (error) {
    fail(`${name}: ${error.message}`);
  }
  const { passed, failed, skipped, names: failures } = counts;
  if (failed > 0) isOk = false;
  const seconds = Math.round((Date.now() - began) / 1000);
  summary.push(
    `${failed === 0 ? "ok    " : "FAILED"} ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`,
    ...failures.map((each) => `       ${each}`),
  );
}
console.log(summary.join("\n"));
process.exitCode = isOk ? 0 : 1;

/** A whole machine. */
function onMachine(suite, otp) {
  const machine = machineRoot(suite);
  return {
    command: (args, shared) => inMachine(machine, ["node", ...args], { shared }),
    environment: { FUSION_TEST_OTP: otp, LC_ALL: "C.UTF-8" },
  };
}

/** Hosts of this machine, whose sessions see another root. */
function onHosts(suite, otp) {
  return {
    command: (args) => [process.execPath, ...args],
    environment: { FUSION_TEST_HOST_ROOT: hostRoot(suite), FUSION_TEST_OTP: otp },
  };
}

function onNode(major) {
  const node = nodeOf(major);
  const path = [dirname(node), process.env["PATH"]].join(delimiter);
  return { command: (args) => [node, ...args], environment: { PATH: path } };
}

function runTests({ command, environment }, files) {
  const folder = mkdtempSync(join(tmpdir(), "fusion-play-matrix-"));
  try {
    const report = join(folder, "tests.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const [program, ...args] = command(
      [VITEST, "run", "--project", "live", ...reporters, ...files],
      [folder],
    );
    const env = { ...process.env, ...environment };
    const { status } = spawnSync(program, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    return countTests(report, status);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program of a release of Node.js, which npm fetches. */
function nodeOf(major) {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  const { stdout } = run("npx", ["-y", "-p", `node@${major}`, "node", "-p", "process.execPath"]);
  return stdout.trim().split("\n").at(-1);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
