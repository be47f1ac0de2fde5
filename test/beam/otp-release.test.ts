import { expect, test } from "vitest";
import { releaseOfCompiler, releaseOfOpcode } from "../../src/beam/otp-release.ts";

test.each([
  ["7.4", 22],
  ["7.5.4.3", 22],
  ["7.6", 23],
  ["8.0", 24],
  ["8.1.1.3", 24],
  ["8.2.3", 25],
  ["8.3.2", 26],
  ["8.4.3.3", 26],
  ["8.5", 27],
  ["8.6.1.3", 27],
  ["9.0.6", 28],
  ["10.0.3", 29],
  ["7.3", undefined],
  ["11.0", undefined],
  ["", undefined],
  ["unknown", undefined],
])("releaseOfCompiler() knows the release of compiler %s", (version, release) => {
  expect(releaseOfCompiler(version)).toBe(release);
});

test.each([
  [168, undefined],
  [169, 23],
  [171, 24],
  [177, 25],
  [180, 25],
  [182, 26],
  [183, 27],
  [184, 28],
  [193, 29],
  [194, 30],
])("releaseOfOpcode() knows the release that added opcode %i", (opcode, release) => {
  expect(releaseOfOpcode(opcode)).toBe(release);
});
