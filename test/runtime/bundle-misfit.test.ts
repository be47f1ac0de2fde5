import { expect, test } from "vitest";
import { bundleMisfit, type HostSystem } from "../../src/runtime/bundle-misfit.ts";
import type { BundleManifest } from "../../src/runtime/bundle.ts";

const MANIFEST: BundleManifest = {
  format: 1,
  otp: "25",
  erts: "13.1.5",
  machine: "aarch64",
  libc: "glibc",
  libc_version: "2.34",
  applications: {},
  libraries: [],
};
const HOST: HostSystem = { system: "Linux", machine: "aarch64", libc: "glibc 2.36" };

test.each<[Partial<HostSystem>, string | undefined]>([
  [{}, undefined],
  [{ machine: "arm64" }, undefined],
  [{ libc: "glibc 2.34" }, undefined],
  [{ libc: "glibc 3.0" }, undefined],
  [{ libc: undefined, machine: undefined, system: undefined }, undefined],
  [{ system: "FreeBSD" }, "it was made for Linux, the host has FreeBSD"],
  [{ machine: "x86_64" }, "it was made for aarch64, the host has x86_64"],
  [{ libc: "musl" }, "it was made with glibc, the host has musl"],
  [{ libc: "glibc 2.31" }, "it needs glibc 2.34, the host has 2.31"],
  [{ libc: "glibc 2.4" }, "it needs glibc 2.34, the host has 2.4"],
])("bundleMisfit() judges a host with %j", (host, misfit) => {
  expect(bundleMisfit(MANIFEST, { ...HOST, ...host })).toBe(misfit);
});
