// Runs live tests with other releases of OTP on the hosts, and of Node.js here, than those that are installed.
//
//     npm run test:matrix                 everything
//     npm run test:matrix -- --smoke      one playbook on each
//     npm run test:matrix -- otp-23 node-24
//
// Hosts with another OTP are sessions of sshd in a folder that holds a small Debian. These folders are kept
// below $FUSION_MATRIX_FOLDER, by default ~/.cache/fusion-play-matrix.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
const folder = process.env["FUSION_MATRIX_FOLDER"] || join(cache, "fusion-play-matrix");
const mirror = process.env["FUSION_MATRIX_MIRROR"] || "http://deb.debian.org/debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PACKAGES = [
  ..."erlang-base erlang-crypto elixir".split(" "),
  ..."base-files bash coreutils dash findutils grep gzip libc-bin procps sed tar".split(" "),
];

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

const OTP = [
  { name: "otp-23", otp: "23", suite: "bullseye", full: ANY },
  { name: "otp-25", otp: "25", suite: "bookworm", full: [...ANY, ...COMPILED_HERE] },
  { name: "otp-27", otp: "27", suite: "trixie", full: [...ANY, ...COMPILED_HERE] },
  { name: "otp-29", otp: "29", suite: "sid", full: ANY },
];
const NODE = ["20", "22", "24"].map((major) => ({ name: `node-${major}`, major, full: ["test/live"] }));

const words = process.argv.slice(2);
const isSmoke = words.includes("--smoke");
const wanted = words.filter((word) => word !== "--smoke");
const known = [...OTP, ...NODE].map(({ name }) => name);
const unknown = wanted.find((word) => !known.includes(word));
if (unknown !== undefined) fail(`There is no ${unknown}: ${known.join(", ")}`);
const isWanted = ({ name }) => wanted.length === 0 || wanted.includes(name);

const timings = [];
let failed = 0;
for (const each of OTP.filter(isWanted)) {
  timed(`${each.name}: a root of Debian ${each.suite}`, () => makeRoot(each.suite));
  runTests(each, { FUSION_TEST_HOST_ROOT: rootOf(each.suite), FUSION_TEST_OTP: each.otp });
}
for (const each of NODE.filter(isWanted)) runTests(each, { FUSION_TEST_NODE: nodeOf(each.major) });
console.log(timings.join("\n"));
process.exitCode = failed === 0 ? 0 : 1;

function runTests({ name, full }, environment) {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const args = [vitest, "run", "--project", "live", ...(isSmoke ? ANY : full)];
  timed(`${name}: ${isSmoke ? "smoke" : "tests"}`, () => {
    const env = { ...process.env, ...environment };
    const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });
    if (status !== 0) failed++;
    return status === 0;
  });
}

function timed(what, work) {
  const start = Date.now();
  console.log(`== ${what}`);
  const isOk = work() !== false;
  timings.push(`${isOk ? "ok    " : "FAILED"} ${Math.round((Date.now() - start) / 1000)} s  ${what}`);
}

function rootOf(suite) {
  return join(folder, suite, "root");
}

/** Unpacks packages with all that they need; no script of theirs is run. */
function makeRoot(suite) {
  const made = rootOf(suite);
  if (existsSync(made)) return;
  if (process.getuid?.() !== 0 || !existsSync(KEYRING)) {
    fail("Hosts with another OTP need root, on Debian or a system with its apt and debian-archive-keyring");
  }
  const apt = join(folder, suite, "apt");
  const draft = `${made}.${process.pid}`;
  rmSync(apt, { recursive: true, force: true });
  for (const path of [
    "etc/apt/preferences.d",
    "etc/apt/apt.conf.d",
    "etc/apt/sources.list.d",
    "var/lib/dpkg",
  ]) {
    mkdirSync(join(apt, path), { recursive: true });
  }
  for (const path of ["var/lib/apt/lists", "var/cache/apt/archives"]) {
    mkdirSync(join(apt, path, "partial"), { recursive: true });
  }
  const status = join(apt, "var/lib/dpkg/status");
  writeFileSync(status, "");
  writeFileSync(join(apt, "etc/apt/sources.list"), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
  const options = [
    `Dir=${apt}`,
    `Dir::State::status=${status}`,
    "Acquire::Check-Valid-Until=false",
    "Acquire::Languages=none",
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  run("apt-get", ["-q", ...options, "update"]);
  run("apt-get", [
    "-q",
    "-y",
    ...options,
    "--download-only",
    "--no-install-recommends",
    "install",
    ...PACKAGES,
  ]);
  mkdirSync(draft, { recursive: true });
  const archives = join(apt, "var/cache/apt/archives");
  for (const name of readdirSync(archives).filter((each) => each.endsWith(".deb"))) {
    run("dpkg-deb", ["-x", join(archives, name), draft]);
  }
  // Some releases leave it to a script of the package.
  if (!existsSync(join(draft, "bin/sh"))) symlinkSync("dash", join(draft, "bin/sh"));
  rmSync(apt, { recursive: true });
  renameSync(draft, made);
}

/** The program of a release of Node.js, which npm fetches. */
function nodeOf(major) {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  const args = ["-y", "-p", `node@${major}`, "node", "-p", "process.execPath"];
  const { stdout } = run("npx", args);
  return stdout.trim().split("\n").at(-1);
}

function run(program, args) {
  const result = spawnSync(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return result;
  fail(`${program} failed: ${result.error?.message ?? `${result.stdout}${result.stderr}`}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
