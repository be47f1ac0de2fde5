import { chmodSync, existsSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findElixir, findErlang, findProgram } from "../../src/beam/installation.ts";
import { countingPrograms, withPath, written } from "./programs.ts";
import { temporaryCache } from "./temporary-folder.ts";

const cache = temporaryCache();
const signal = AbortSignal.timeout(60_000);

function notes(): string[] {
  return existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith("erlang-")) : [];
}

test("findErlang() asks a shim each time, as it may answer otherwise in another folder", async () => {
  const { path, starts } = countingPrograms();
  await withPath(`${path}:${process.env["PATH"]}`, async () => {
    const first = await findErlang(signal);
    expect(await findErlang(signal)).toEqual(first);
    expect(
      existsSync(join(first?.libraryFolder ?? "", readdirSync(first?.libraryFolder ?? "/")[0] ?? "")),
    ).toBe(true);
    expect(first?.version).toMatch(/^\d+\.\d+.* compiler-\d+\.\d+/);
  });
  expect(starts()).toEqual(["erl", "erl"]);
  expect(notes()).toEqual([]);
});

test("findErlang() remembers where an erl belongs that is no shim, and asks again when the note is broken", async () => {
  const asked = await findErlang(signal);
  const own = join(asked?.libraryFolder ?? "", "../bin");
  await withPath(`${own}:${process.env["PATH"]}`, async () => {
    const first = await findErlang(signal);
    expect(first?.version).toBe(asked?.version);
    const [note = "", ...others] = notes();
    expect(others).toEqual([]);
    const remember = (text: string): void => writeFileSync(join(cache, note), text);
    remember(JSON.stringify({ libraryFolder: first?.libraryFolder, version: "noted" }));
    expect((await findErlang(signal))?.version).toBe("noted");
    for (const broken of ["{", "{}", JSON.stringify({ libraryFolder: "/nowhere", version: "1" })]) {
      remember(broken);
      expect(await findErlang(signal)).toEqual(first);
    }
  });
});

test("findElixir() finds the libraries beside the program, and asks a shim", async () => {
  const beside = await findElixir(signal);
  expect(existsSync(join(beside?.libraryFolder ?? "", "elixir/ebin/Elixir.Enum.beam"))).toBe(true);
  expect(beside?.version).toMatch(/^\d+\.\d+\.\d+/);
  const { path, starts } = countingPrograms();
  const shimmed = await withPath(`${path}:${process.env["PATH"]}`, () => findElixir(signal));
  expect(shimmed?.version).toBe(beside?.version);
  expect(realpathSync(shimmed?.libraryFolder ?? "")).toBe(realpathSync(beside?.libraryFolder ?? "/"));
  expect(starts()).toContain("elixir");
});

test("findErlang() and findElixir() find nothing where a program is missing or broken", async () => {
  const empty = written({});
  const broken = written({ erl: "#!/bin/sh\nexit 1\n", elixir: "#!/bin/sh\necho nonsense\n" });
  for (const name of ["erl", "elixir"]) chmodSync(join(broken, name), 0o755);
  for (const path of [empty, broken]) {
    await withPath(path, async () => {
      expect(await findErlang(signal)).toBeUndefined();
      expect(await findElixir(signal)).toBeUndefined();
    });
  }
});

test("findProgram() passes over folders and files that cannot be run", async () => {
  const plain = written({ erl: "not to be run" });
  const real = findProgram("erl") ?? "";
  const linked = written({});
  symlinkSync(real, join(linked, "erl"));
  await withPath(`${dirname(plain)}::${plain}:${linked}`, async () => {
    expect(findProgram("erl")).toBe(join(linked, "erl"));
    await Promise.resolve();
  });
});
