import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { readSourceFile } from "../../src/documents/read-source-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});

test("readSourceFile() reads UTF-8, without a byte order mark", async () => {
  const path = join(folder, "site.yml");
  await writeFile(path, "\uFEFFname: Grüße 😀\n");
  expect(await readSourceFile(path)).toEqual({ path, text: "name: Grüße 😀\n" });
  expect(await readSourceFile(path, "site.yml")).toMatchObject({ path: "site.yml" });
});

test("readSourceFile() suggests the name that was meant, when the file is missing", async () => {
  await writeFile(join(folder, "site.yml"), "");
  await writeFile(join(folder, "inventory.ini"), "");
  const hint = async (name: string): Promise<unknown> =>
    readSourceFile(join(folder, name), `plays/${name}`).then(
      () => undefined,
      (error: { code: string; hint: string }) => [error.code, error.hint],
    );
  expect(await hint("stie.yml")).toEqual(["FILE_UNREADABLE", 'Did you mean "plays/site.yml"?']);
  expect(await hint("inventory.yml")).toEqual(["FILE_UNREADABLE", 'Did you mean "plays/inventory.ini"?']);
  expect(await hint("else")).toEqual([
    "FILE_UNREADABLE",
    'Check the path: the folder "plays" has no such file',
  ]);
  expect(await hint("no/site.yml")).toEqual([
    "FILE_UNREADABLE",
    'Check the path: the folder "plays/no" does not exist',
  ]);
});

test("readSourceFile() refuses what is no text of a sensible size", async () => {
  await mkdir(join(folder, "sub"));
  await symlink("gone", join(folder, "link"));
  await writeFile(join(folder, "latin1"), Buffer.from("Gr\u00fc\u00dfe", "latin1"));
  await writeFile(join(folder, "large"), Buffer.alloc(8 * 1024 * 1024 + 1, "a"));
  const message = async (name: string): Promise<unknown> =>
    readSourceFile(join(folder, name), name).then(
      () => undefined,
      (error: { code: string; message: string }) => [error.code, error.message],
    );
  expect(await message("sub")).toEqual(["FILE_UNREADABLE", 'Cannot read "sub": it is a folder']);
  expect(await message("link")).toEqual([
    "FILE_UNREADABLE",
    'Cannot read "link": it is a link to what does not exist',
  ]);
  expect(await message("latin1")).toEqual(["FILE_UNREADABLE", 'Cannot read "latin1": it is not UTF-8 text']);
  expect(await message("large")).toEqual(["FILE_UNREADABLE", 'Cannot read "large": it is larger than 8 MiB']);
  expect(await message("latin1/x")).toEqual([
    "FILE_UNREADABLE",
    'Cannot read "latin1/x": a part of the path is not a folder',
  ]);
});
