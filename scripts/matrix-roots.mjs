// Folders that hold a Debian, for hosts and whole machines with another OTP than that of this one. They are kept
// below $FUSION_MATRIX_FOLDER, by default ~/.cache/fusion-play-matrix, and made where they are missing.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { debianMirror } from "./debian-mirror.mjs";

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
const folder = process.env["FUSION_MATRIX_FOLDER"] || join(cache, "fusion-play-matrix");
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PACKAGES_OF_HOSTS = [
  ..."erlang-base erlang-crypto elixir".split(" "),
  ..."base-files bash coreutils dash findutils grep gzip libc-bin procps sed tar".split(" "),
];
/** What is there in a whole Debian: no user of this machine has a say in it. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A root for the sessions of a host: packages with all that they need, of which no script is run. */
export function hostRoot(suite) {
  return make(join(folder, suite, "root"), (draft) => {
    const apt = join(folder, suite, "apt");
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
    const source = `deb [signed-by=${KEYRING}] ${debianMirror()} ${suite} main\n`;
    writeFileSync(join(apt, "etc/apt/sources.list"), source);
    const options = [
      `Dir=${apt}`,
      `Dir::State::status=${status}`,
      "Acquire::Check-Valid-Until=false",
      "Acquire::Languages=none",
      "APT::Sandbox::User=root",
    ].flatMap((option) => ["-o", option]);
    run("apt-get", ["-q", ...options, "update"]);
    const install = ["--download-only", "--no-install-recommends", "install", ...PACKAGES_OF_HOSTS];
    run("apt-get", ["-q", "-y", ...options, ...install]);
    mkdirSync(draft, { recursive: true });
    const archives = join(apt, "var/cache/apt/archives");
    for (const name of readdirSync(archives).filter((each) => each.endsWith(".deb"))) {
      run("dpkg-deb", ["-x", join(archives, name), draft]);
    }
    // Some releases leave it to a script of the package.
    if (!existsSync(join(draft, "bin/sh"))) symlinkSync("dash", join(draft, "bin/sh"));
    rmSync(apt, { recursive: true });
  });
}

/** A whole Debian, with all programs that the tests need, also those that they have come to need since it was made. */
export function machineRoot(suite) {
  const machine = make(join(folder, suite, "machine"), (draft) => {
    if (spawnSync("debootstrap", ["--version"]).status !== 0) {
      run("apt-get", ["-q", "update"]);
      run("apt-get", ["-q", "-y", "install", "--no-install-recommends", "debootstrap"]);
    }
    run("debootstrap", ["--variant=minbase", `--keyring=${KEYRING}`, suite, draft, debianMirror()]);
    // A mirror may be older than what it holds is said to be valid.
    const apt = 'Acquire::Check-Valid-Until "false";\nAPT::Keep-Downloaded-Packages "false";\n';
    writeFileSync(join(draft, "etc/apt/apt.conf.d/99matrix"), apt);
  });
  const [program, ...args] = inMachine(machine, ["node", "scripts/setup.mjs", "programs"], { keeps: true });
  run(program, args);
  run("chroot", [machine, "apt-get", "clean"]);
  return machine;
}

const ENTER = `set -e
root=$1 checkout=$2 keeps=$3 count=$4; shift 4
if [ "$keeps" = no ]; then
  # What is written goes to memory.
  over="$root/mnt"
  mount -t tmpfs tmpfs "$over"
  mkdir "$over/upper" "$over/work" "$over/root"
  mount -t overlay overlay -o "lowerdir=$root,upperdir=$over/upper,workdir=$over/work" "$over/root"
  root="$over/root"
else
  mount --bind "$root" "$root"
fi
for each in /dev /sys; do mount --rbind $each "$root$each"; done
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
while [ "$count" -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root$(dirname "$2")"; : >> "$root$2"; fi
  mount --bind "$1" "$root$2"
  shift 2; count=$((count - 1))
done
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
cd "$root"; pivot_root . mnt; umount -l /mnt
PATH=${PATH}; export PATH
cd "$checkout"
"$@"
`;

/**
 * What runs a command on a machine whose files are those of a root, and this checkout, with the Node.js that runs
 * this. Its processes end with it. What it writes is gone then as well, but for the checkout and folders that are
 * `shared` with this machine; unless it `keeps` its files.
 */
export function inMachine(root, command, { shared = [], keeps = false } = {}) {
  const npm = run("sh", ["-c", 'readlink -f "$(command -v npm)"']).stdout.trim();
  const npmrc = run("npm", ["config", "get", "globalconfig"]).stdout.trim();
  const modules = realpathSync(join(checkout, "node_modules"));
  const userNpmrc = join(homedir(), ".npmrc");
  const mounts = [
    ...[checkout, modules, ...shared].map((path) => [path, path]),
    [process.execPath, "/usr/local/bin/node"],
    [dirname(dirname(npm)), "/usr/local/lib/node_modules/npm"],
    // Names, and the way to the registry of npm.
    ...[
      ["/etc/hosts", "/etc/hosts"],
      ["/etc/resolv.conf", "/etc/resolv.conf"],
      ["/etc/ssl/certs", "/etc/ssl/certs"],
      [npmrc, "/usr/local/etc/npmrc"],
      [userNpmrc, userNpmrc],
    ].filter(([path]) => existsSync(path)),
  ];
  const namespaces = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
  const args = [root, checkout, keeps ? "yes" : "no", String(mounts.length), ...mounts.flat(), ...command];
  // With this process all of it ends: unshare itself takes no notice of SIGINT and SIGTERM.
  const ending = ["setpriv", "--pdeathsig", "KILL"];
  return [...ending, "unshare", ...namespaces, "sh", "-c", ENTER, "sh", ...args];
}

function make(root, work) {
  if (existsSync(root)) return root;
  if (process.getuid?.() !== 0 || !existsSync(KEYRING)) {
    throw new Error(
      "Another OTP needs root, on Debian or a system with its apt-get and debian-archive-keyring",
    );
  }
  const draft = `${root}.${process.pid}`;
  mkdirSync(dirname(root), { recursive: true });
  work(draft);
  renameSync(draft, root);
  return root;
}

/** Runs a command, whose output is part of the error if it fails. */
export function run(program, args) {
  const result = spawnSync(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return result;
  throw new Error(`${program} failed: ${result.error?.message ?? `${result.stdout}${result.stderr}`}`);
}
