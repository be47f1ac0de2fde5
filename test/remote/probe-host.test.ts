import { expect, test } from "vitest";
import { libcOf } from "../../src/remote/libc.ts";
import { clockAhead } from "../../src/remote/probe-host.ts";
import { readProbe } from "../../src/remote/probe-script.ts";

test.each([
  ["glibc 2.36", "glibc 2.36"],
  ["ldd (Debian GLIBC 2.36-9+deb12u4) 2.36", "glibc 2.36"],
  ["ldd (GNU libc) 2.34", "glibc 2.34"],
  ["sh: ldd: not found", undefined],
  ["musl libc (x86_64)", "musl"],
  ["", undefined],
])("libcOf() reads %j", (text, libc) => {
  expect(libcOf(text)).toBe(libc);
});

test.each([
  ["1000.500000000", 0],
  ["1000.999000000", 0],
  ["1002.000000000", 1000],
  ["995.250000000", -4750],
  // Without a fraction, the second may have just begun, or be nearly over.
  ["999.N", 0],
  ["1001", 0],
  ["998.N", -1000],
  ["1003", 2000],
  ["date: invalid option", undefined],
  ["", undefined],
])("clockAhead() of a host that told %j between the 1000th second and the 1001st", (text, ahead) => {
  expect(clockAhead(text, { askedAt: 1_000_000, answeredAt: 1_001_000 })).toBe(ahead);
});

test("readProbe() takes the lines of the script, and of several the first", () => {
  const output =
    "Welcome\nfusion-play:system:Linux\nfusion-play:erl:/a b/erl\nfusion-play:erl:forged\nfusion-play:x\n";
  expect([...readProbe(output)]).toEqual([
    ["system", "Linux"],
    ["erl", "/a b/erl"],
  ]);
});
