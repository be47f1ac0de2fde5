// Prepares this checkout for `npm run demo` or `npm test`: node modules, programs, dist/. Says nothing when there
// is nothing to do. It runs before anything is installed, so it needs nothing but Node.js. As `setup.mjs programs`
// it installs the programs of the tests and nothing else.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Which package brings programs or header files, by package manager; where Debian has changed its name, the names
 * from the newest on. macOS has OpenSSH and a compiler, and no iproute2; what it has not, Homebrew's packages bring
 * whole.
 */
const packages = [
  { programs: ["erl", "erlc"], apt: "erlang-base", dnf: "erlang", brew: "erlang", for: ["demo", "test"] },
  { programs: ["elixir", "elixirc"], apt: "elixir", dnf: "elixir", brew: "elixir", for: ["test"] },
  {
    programs: ["ssh", "ssh-agent", "ssh-add", "ssh-keygen"],
    apt: "openssh-client",
    dnf: "openssh-clients",
    for: ["test"],
  },
  { programs: ["sshd"], apt: "openssh-server", dnf: "openssh-server", for: ["test"] },
  {
    programs: ["ansible", "ansible-inventory"],
    apt: ["ansible-core", "ansible"],
    dnf: "ansible-core",
    brew: "ansible",
    for: ["test"],
  },
  { programs: ["cc"], apt: "gcc", dnf: "gcc", for: ["test"] },
  {
    headers: ["/usr/include/stdio.h"],
    apt: "libc6-dev",
    dnf: "glibc-devel",
    for: process.platform === "linux" ? ["test"] : [],
  },
  // For a security key in software.
  {
    headers: ["/usr/include/openssl/evp.h"],
    apt: "libssl-dev",
    dnf: "openssl-devel",
    for: process.platform === "linux" ? ["test"] : [],
  },
  { erlangHeaders: ["erl_nif.h"], apt: "erlang-dev", dnf: "erlang", brew: "erlang", for: ["test"] },
  { programs: ["sudo"], apt: "sudo", dnf: "sudo", for: ["test"] },
  {
    programs: ["doas"],
    apt: ["opendoas", "doas"],
    dnf: "opendoas",
    for: process.platform === "linux" ? ["test"] : [],
  },
  // The shells that are tested to complete; macOS has the others.
  { programs: ["bash"], apt: "bash", dnf: "bash", for: ["test"] },
  { programs: ["zsh"], apt: "zsh", dnf: "zsh", for: ["test"] },
  { programs: ["fish"], apt: "fish", dnf: "fish", brew: "fish", for: ["test"] },
  // Those that hosts have as /bin/sh.
  ...["busybox", "mksh", "ksh93"].map((shell) => ({
    programs: [shell],
    apt: shell === "ksh93" ? ["ksh93u+m", "ksh"] : shell,
    dnf: shell === "ksh93" ? "ksh" : shell,
    for: process.platform === "linux" ? ["test"] : [],
  })),
  { programs: ["age", "age-keygen"], apt: "age", dnf: "age", brew: "age", for: ["test"] },
  { programs: ["xmllint"], apt: "libxml2-utils", dnf: "libxml2", for: ["test"] },
  { programs: ["ps"], apt: "procps", dnf: "procps-ng", for: process.platform === "linux" ? ["test"] : [] },
  {
    programs: ["chromium"],
    apt: "chromium",
    dnf: "chromium",
    for: process.platform === "linux" ? ["test"] : [],
  },
  { programs: ["ip"], apt: "iproute2", dnf: "iproute", for: process.platform === "linux" ? ["test"] : [] },
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2];
if (!["demo", "test", "programs"].includes(purpose)) fail("Usage: node scripts/setup.mjs demo|test|programs");
process.chdir(root);

checkNode();
installPrograms(packages.filter((entry) => entry.for.includes(purpose === "programs" ? "test" : purpose)));
if (purpose !== "programs") {
  installNodeModules();
  build();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `fusion-play needs Node.js 20.19 or newer, and this is ${process.versions.node}: see https://nodejs.org`,
  );
}

function installPrograms(wanted) {
  const missing = wanted.filter((entry) => missingOf(entry).length > 0);
  if (missing.length === 0) return;
  const canInstall = process.getuid?.() === 0 && isInstalled("apt-get");
  if (!canInstall) fail(instructions(missing));

  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  run("Updating the list of packages (apt-get update)", "apt-get", [...wait, "update"], env);
  const names = missing.map(({ apt }) => nameInArchive(apt));
  const install = [...wait, "install", "-y", "--no-install-recommends", ...names];
  run(`Installing ${names.join(", ")} (apt-get install)`, "apt-get", install, env);

  const stillMissing = missing.flatMap(missingOf);
  if (stillMissing.length > 0)
    fail(`Installed ${names.join(", ")}, but not found: ${stillMissing.join(", ")}`);
}

function nameInArchive(apt) {
  const [newest, ...before] = [apt].flat();
  const isKnown = (name) => spawnSync("apt-cache", ["show", name], { stdio: "ignore" }).status === 0;
  return isKnown(newest) ? newest : (before.find(isKnown) ?? newest);
}

/** Tells what to install where this script cannot do it itself. */
function instructions(missing) {
  const things = missing.flatMap(missingOf);
  const ways = [
    ["macOS", "brew install", missing.flatMap(({ brew }) => brew ?? [])],
    ["Debian, Ubuntu", "sudo apt-get install", missing.map(({ apt }) => [apt].flat()[0])],
    ["Fedora", "sudo dnf install", missing.map(({ dnf }) => dnf)],
  ]
    .map(([system, command, names]) => [system, command, Array.from(new Set(names))])
    .filter(([, , names]) => names.length > 0);
  return [
    `Not found: ${things.join(", ")}. Install ${things.length === 1 ? "it" : "them"} and run this again:`,
    ...ways.map(([system, command, names]) => `  ${system}: ${command} ${names.join(" ")}`),
  ].join("\n");
}

function missingOf({ programs = [], headers = [], erlangHeaders = [] }) {
  return [
    ...programs.filter((program) => !isInstalled(program)),
    ...headers.filter((header) => !existsSync(header)),
    ...erlangHeaders.filter((header) => !isInErlang(header)),
  ];
}

/** Erlang keeps the header files for NIFs in a folder of its own. */
function isInErlang(header) {
  const probe = ["-noshell", "-boot", "no_dot_erlang", "-eval", "io:put_chars(code:root_dir()), halt()."];
  const { stdout } = spawnSync("erl", probe, { encoding: "utf8", timeout: 60_000 });
  return Boolean(stdout) && existsSync(join(stdout, "usr", "include", header));
}

/** Daemons stand in folders that the search path of users often leaves out. */
function isInstalled(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function installNodeModules() {
  // npm writes this file at the end of each installation.
  if (modified("node_modules/.package-lock.json") >= modified("package-lock.json")) return;
  run("Installing node modules (npm ci)", "npm", ["ci", "--include=dev", "--no-progress"], process.env);
}

function build() {
  const sources = [
    "package.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "scripts/bundle.mjs",
    ...filesIn("src"),
  ];
  if (modified("dist/cli/main.js") >= Math.max(...sources.map(modified))) return;
  run("Building dist/ (npm run build)", "npm", ["run", "build"], process.env);
}

function filesIn(folder) {
  // A folder counts too: its time changes when a file in it is removed.
  const inside = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
  return [folder, ...inside.flat()];
}

/** Time of the last change; that of a file that is not there comes before any other. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}

/** Runs a command, and shows what it printed only if it fails. */
function run(title, command, args, env) {
  console.log(title);
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  fail(`${title}: ${error?.message ?? `failed with ${signal ?? `exit code ${status}`}`}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
