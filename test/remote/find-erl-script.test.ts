import { execFile } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BOOT_FLAGS, erlLines } from "../../src/remote/find-erl-script.ts";
import { pathOfTool } from "./path-of-tool.ts";

/** What the lines for the shell need besides the shell. */
const TOOLS = ["sed", "tail", "timeout"];

let home: string;
/** A folder with those tools alone. */
let bare: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "find-erl-"));
  bare = join(home, "tools");
  await mkdir(bare);
  for (const tool of TOOLS) await symlink(await pathOfTool(tool), join(bare, tool));
});

afterEach(() => rm(home, { recursive: true }));

/** Makes an executable file, and returns its path. */
async function program(path: string, text = "#!/bin/sh\n"): Promise<string> {
  const file = join(home, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

interface Found {
  readonly erl: string;
  readonly lookedIn: string;
  /** PATH afterwards. */
  readonly path: string;
}

/** Runs the lines as a host does with this environment. */
async function find(environment: Readonly<Record<string, string>> = {}): Promise<Found> {
  const script = [...erlLines({ type: "search" }).lines, 'echo "$e"', 'echo "$l"', 'echo "$PATH"'].join("; ");
  // Its login shell knows no more folders: that of this machine may find the erl that is installed.
  const shell = await program("no-profile", '#!/bin/sh\neval "$2"\n');
  const env = { HOME: home, PATH: bare, SHELL: shell, ...environment };
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", script], { env });
  const [erl = "", lookedIn = "", path = ""] = stdout.split("\n");
  return { erl, lookedIn, path };
}

test("erlLines() takes erl from PATH and asks no login shell then", async () => {
  const erl = await program("bin/erl");
  const shell = await program("shell", '#!/bin/sh\n: > "$HOME/asked"\n');
  await program(".asdf/installs/erlang/26.2/bin/erl");
  const found = await find({ PATH: `${bare}:${dirname(erl)}`, SHELL: shell });
  expect(found.erl).toBe(erl);
  await expect(access(join(home, "asked"))).rejects.toThrow("ENOENT");
});

test("erlLines() takes erl from the PATH of the login shell, which counts from there on, whatever a profile prints", async () => {
  const erl = await program("managed/erl");
  await writeFile(
    join(home, ".profile"),
    `echo "Welcome"\nread -r line\necho "to this machine" >&2\nPATH=${dirname(erl)}:$PATH\n`,
  );
  await program(".asdf/installs/erlang/26.2/bin/erl");
  const found = await find({ SHELL: "/bin/sh" });
  expect(found.erl).toBe(erl);
  expect(found.path).toContain(dirname(erl));
});

test.each([
  ["asdf", ".asdf/installs/erlang/26.2.1/bin/erl", {}],
  ["asdf in another folder", "data/installs/erlang/26.2.1/bin/erl", { ASDF_DATA_DIR: "data" }],
  ["mise", ".local/share/mise/installs/erlang/27.1/bin/erl", {}],
  ["mise in another folder", "data/mise/installs/erlang/27.1/bin/erl", { XDG_DATA_HOME: "data" }],
  ["kerl", "kerl/26/bin/erl", {}],
])("erlLines() finds the erl of %s", async (_, path, folders) => {
  const erl = await program(path);
  const environment = Object.entries(folders).map(([name, folder]) => [name, join(home, folder)]);
  expect((await find(Object.fromEntries(environment) as Record<string, string>)).erl).toBe(erl);
});

test("erlLines() finds what kerl has installed, wherever that is", async () => {
  const erl = await program("some where/26/bin/erl");
  await mkdir(join(home, ".kerl"));
  await writeFile(join(home, ".kerl/otp_installations"), `25 ${home}/gone\n26 ${home}/some where/26\n`);
  expect((await find()).erl).toBe(erl);
});

test("erlLines() takes the newest version of a version manager, and no folder of that name", async () => {
  await program(".asdf/installs/erlang/25.3/bin/erl");
  const newest = await program(".asdf/installs/erlang/27.0/bin/erl");
  await mkdir(join(home, ".asdf/installs/erlang/28.0/bin/erl"), { recursive: true });
  expect((await find()).erl).toBe(newest);
});

test("erlLines() tells where it looked", async () => {
  const { lookedIn } = await find();
  expect(lookedIn).toContain(`PATH (${bare})`);
  for (const place of [
    "login shell",
    "~/.asdf",
    "~/.local/share/mise",
    "kerl",
    "/usr/bin",
    "/usr/lib/erlang/bin",
    "/opt/*/bin",
    "erts-*",
  ]) {
    expect(lookedIn).toContain(place);
  }
  expect(lookedIn).not.toMatch(/[$"]/);
});

test.each([
  ["/usr/bin/erl", "no_dot_erlang"],
  ["rel/erts-13/bin/erl", "rel/releases/2/start_clean"],
])("BOOT_FLAGS of %s boot %s", async (erl, boot) => {
  await program("rel/erts-13/bin/erl");
  await program("rel/releases/1/start_clean.boot");
  await program("rel/releases/2/start_clean.boot");
  const inHome = (path: string): string => (path.startsWith("rel/") ? join(home, path) : path);
  const { lines, args } = erlLines({ type: "path", path: inHome(erl) });
  const script = [...lines, BOOT_FLAGS, 'echo "$s:$*"'].join("; ");
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", script, "sh", "eval", ...args]);
  const [, root = ""] = /^(.*)\/erts-/.exec(inHome(erl)) ?? [];
  const more = root === "" ? "" : ` -boot_var RELEASE_LIB ${root}/lib -home none`;
  // Each boot script that is there was a candidate, and the last one counts.
  expect(stdout.trim().startsWith(`eval:-boot ${inHome(boot)}${more}`)).toBe(true);
});
