import { expect, test } from "vitest";
import type { BinaryTarget, ShippedApplication } from "../../src/engine/shipped-application.ts";
import { atom } from "../../src/etf/term.ts";
import { unfitLibrary } from "../../src/remote/host-platform.ts";

function target(text: string): BinaryTarget {
  const [machines = "", format = "elf", libc, bits = "64"] = text.split(" ");
  return {
    format: format as BinaryTarget["format"],
    machines: machines.split("+"),
    bits: bits === "32" ? 32 : 64,
    libc: libc === "glibc" || libc === "musl" ? libc : undefined,
  };
}

/** An application with a text and libraries that were built for these. */
function application(...libraries: readonly string[]): ShippedApplication {
  const file = (path: string, built: BinaryTarget | undefined): ShippedApplication["files"][number] => ({
    path,
    file: path,
    bytes: 1,
    sha256: "",
    executable: false,
    target: built,
  });
  const files = libraries.map((text, index) => file(`priv/nif${index}.so`, target(text)));
  return {
    name: "app",
    version: "1",
    resource: atom("app"),
    file: "app.app",
    modules: [],
    needs: [],
    files: [file("priv/text", undefined), ...files],
    folders: [],
    fingerprint: "",
  };
}

function unfit(architecture: string, ...libraries: readonly string[]): string | undefined {
  const bits = /^(arm-|i686)/.test(architecture) ? 32 : 64;
  return unfitLibrary(application(...libraries), { otp: "27", elixir: null, architecture, bits });
}

test.each([
  ["x86_64-pc-linux-gnu", "x86_64 elf glibc"],
  ["x86_64-pc-linux-gnu", "x86_64 elf"],
  ["x86_64-alpine-linux-musl", "x86_64 elf musl"],
  ["amd64-portbld-freebsd13.0", "x86_64 elf"],
  ["aarch64-unknown-linux-gnu", "aarch64 elf glibc"],
  ["aarch64-apple-darwin22.1.0", "aarch64 mach-o"],
  ["aarch64-apple-darwin22.1.0", "x86_64+aarch64 mach-o"],
  ["arm-unknown-linux-gnueabihf", "arm elf glibc 32"],
  ["i686-pc-linux-gnu", "i386 elf glibc 32"],
  ["powerpc64le-unknown-linux-gnu", "powerpc64le elf glibc"],
  ["s390x-ibm-linux-gnu", "s390x elf glibc"],
  // Nothing is known of the machine, so nothing is refused for it.
  ["pdp11-dec-unix", "x86_64 elf"],
  ["", "x86_64 elf"],
])("unfitLibrary() finds that %s loads %s", (architecture, library) => {
  expect(unfit(architecture, library)).toBeUndefined();
});

test.each([
  ["x86_64-pc-linux-gnu", "aarch64 elf glibc", "aarch64"],
  ["aarch64-unknown-linux-gnu", "x86_64 elf glibc", "x86_64"],
  ["x86_64-pc-linux-gnu", "i386 elf glibc 32", "i386"],
  ["x86_64-pc-linux-gnu", "x86_64 elf glibc 32", "32 bits"],
  ["x86_64-pc-linux-gnu", "x86_64 elf musl", "musl"],
  ["x86_64-alpine-linux-musl", "x86_64 elf glibc", "glibc"],
  ["x86_64-pc-linux-gnu", "x86_64+aarch64 mach-o", "macOS"],
  ["aarch64-apple-darwin22.1.0", "aarch64 elf", "Linux or another system with ELF"],
])("unfitLibrary() finds that %s does not load %s", (architecture, library, expected) => {
  expect(unfit(architecture, library)).toBe(`priv/nif0.so was built for ${expected}`);
});

test("unfitLibrary() minds only when no library fits, as some applications bring several", () => {
  expect(unfit("x86_64-pc-linux-gnu", "aarch64 elf", "x86_64 elf")).toBeUndefined();
  expect(unfit("x86_64-pc-linux-gnu", "aarch64 elf", "arm elf none 32")).toBe(
    "priv/nif0.so was built for aarch64",
  );
  expect(unfit("x86_64-pc-linux-gnu")).toBeUndefined();
});
