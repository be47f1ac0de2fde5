import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];
// Said when the file is read: in a test nobody hears of it any longer.
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Makes a folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fusion-play-beam-"));
  folders.push(folder);
  return folder;
}

/** Gives the tests of the file a cache folder of their own, and returns it. */
export function temporaryCache(): string {
  const folder = temporaryFolder();
  process.env["XDG_CACHE_HOME"] = folder;
  return join(folder, "fusion-play");
}
