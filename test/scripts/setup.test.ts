import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCheckout, type Checkout } from "./checkout.ts";

let checkout: Checkout;

beforeEach(async () => {
  checkout = await makeCheckout();
  for (const file of ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"]) {
    await checkout.write(file, "{}");
  }
  await checkout.write("src/cli/main.ts", "");
  await checkout.program(
    "npm",
    `echo "npm $*" >> "$LOG"
case $1 in
  ci) mkdir -p node_modules && touch node_modules/.package-lock.json ;;
  run) mkdir -p dist/cli && touch dist/cli/main.js ;;
esac`,
  );
});

afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

async function installErlang(): Promise<void> {
  await checkout.program("erl", "");
  await checkout.program("erlc", "");
}

describe("node modules and dist", () => {
  beforeEach(installErlang);

  test("setup.mjs installs and builds, when nothing is there, and says nothing the next time", async () => {
    expect(await checkout.run("setup.mjs", ["demo"])).toEqual({
      code: 0,
      stdout: "Installing node modules (npm ci)\nBuilding dist/ (npm run build)\n",
      stderr: "",
    });
    expect(await checkout.log()).toEqual(["npm ci --include=dev --no-progress", "npm run build"]);

    expect(await checkout.run("setup.mjs", ["demo"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await checkout.log()).toEqual([]);
  });

  test.each([
    ["package-lock.json", ["npm ci --include=dev --no-progress"]],
    ["src/cli/main.ts", ["npm run build"]],
    ["src/cli", ["npm run build"]],
    ["tsconfig.json", ["npm run build"]],
  ])("setup.mjs does again what depends on %s, when that is newer", async (file, expected) => {
    await checkout.run("setup.mjs", ["demo"]);
    await checkout.log();
    const later = new Date(Date.now() + 10_000);
    await utimes(join(checkout.root, file), later, later);
    expect((await checkout.run("setup.mjs", ["demo"])).code).toBe(0);
    expect(await checkout.log()).toEqual(expected);
  });

  test("setup.mjs shows what npm printed, when it fails", async () => {
    await checkout.program("npm", "echo no network >&2; exit 3");
    expect(await checkout.run("setup.mjs", ["demo"])).toEqual({
      code: 1,
      stdout: "Installing node modules (npm ci)\n",
      stderr: "no network\nInstalling node modules (npm ci): failed with exit code 3\n",
    });
  });
});

describe("programs", () => {
  const isRoot = process.getuid?.() === 0;

  test("setup.mjs says what to install and stops, when it cannot do it itself", async () => {
    expect(await checkout.run("setup.mjs", ["demo"])).toEqual({
      code: 1,
      stdout: "",
      stderr: `Not found: erl, erlc. Install them and run this again:
  macOS: brew install erlang
  Debian, Ubuntu: sudo apt-get install erlang-base
  Fedora: sudo dnf install erlang
`,
    });
    expect(await checkout.log()).toEqual([]);
  });

  test("setup.mjs asks for all that the tests need", async () => {
    await installErlang();
    const { code, stderr } = await checkout.run("setup.mjs", ["test"]);
    expect(code).toBe(1);
    expect(stderr).toContain("elixir, elixirc");
    expect(stderr).toMatch(/brew install elixir ansible erlang fish age\n/);
    expect(stderr).toMatch(/apt-get install elixir openssh-client .*ansible-core/);
    expect(stderr).not.toMatch(/erlang-base/);
    expect(stderr).toMatch(/Not found: .*erl_nif\.h/);
    expect(stderr).toMatch(/apt-get install .*erlang-dev/);
  });

  test("setup.mjs finds erl_nif.h where Erlang says that it is installed", async () => {
    await installErlang();
    await checkout.write("otp/usr/include/erl_nif.h", "");
    await checkout.program("erl", `printf ${join(checkout.root, "otp")}`);
    const { stderr } = await checkout.run("setup.mjs", ["test"]);
    expect(stderr).toContain("elixir, elixirc");
    expect(stderr).not.toMatch(/erl_nif\.h|erlang-dev/);
  });

  test("setup.mjs installs with apt-get, when it is root and apt-get is there", async () => {
    await checkout.program(
      "apt-get",
      `echo "apt-get $* $DEBIAN_FRONTEND" >> "$LOG"
for last; do :; done
[ "$last" = update ] || for program in erl erlc; do echo '#!/bin/sh' > "$BIN/$program"; chmod +x "$BIN/$program"; done`,
    );
    const { code, stdout } = await checkout.run("setup.mjs", ["demo"]);
    const log = await checkout.log();
    if (isRoot) {
      expect(code).toBe(0);
      expect(stdout).toContain("Installing erlang-base (apt-get install)\n");
      expect(log.slice(0, 2)).toEqual([
        "apt-get -o DPkg::Lock::Timeout=300 update noninteractive",
        "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends erlang-base noninteractive",
      ]);
    } else {
      expect(code).toBe(1);
      expect(log).toEqual([]);
    }
  });

  test("setup.mjs fails, when the programs are not there after all", async () => {
    await checkout.program("apt-get", "exit 0");
    const { code, stderr } = await checkout.run("setup.mjs", ["demo"]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      isRoot ? "Installed erlang-base, but not found: erl, erlc" : "Not found: erl, erlc",
    );
  });
});

test("setup.mjs explains itself, when it is called in another way", async () => {
  await rm(join(checkout.root, "package.json"));
  expect(await checkout.run("setup.mjs", [])).toEqual({
    code: 1,
    stdout: "",
    stderr: "Usage: node scripts/setup.mjs demo|test|programs\n",
  });
});
