import { lstat, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { quote } from "../documents/quote.ts";
import { FusionPlayError } from "../errors.ts";
import { makeFolder } from "../folders/make-folder.ts";
import { schemaFile } from "./schema.ts";

/** The files of a starter project, and where the package has them. */
const FILES: Readonly<Record<string, URL>> = {
  "README.md": starterFile("README.md"),
  "site.yml": starterFile("site.yml"),
  "hosts.yml": starterFile("hosts.yml"),
  "lib/health.erl": starterFile("lib/health.erl"),
  "schemas/playbook.schema.json": schemaFile("playbook"),
  "schemas/inventory.schema.json": schemaFile("inventory"),
  ".vscode/settings.json": starterFile(".vscode/settings.json"),
  ".vscode/extensions.json": starterFile(".vscode/extensions.json"),
  // npm leaves files of this name out of packages.
  ".gitignore": starterFile("gitignore"),
};

function starterFile(path: string): URL {
  return new URL(`../../starter/${path}`, import.meta.url);
}

/**
 * Writes a starter project into a folder, which is made where it is not there. No file that is there is
 * touched, and after a failure nothing is left of what was written.
 *
 * @returns the paths of the files in the folder
 * @throws {FusionPlayError} `FILE_EXISTS`, `FILE_UNREADABLE`
 */
export async function writeStarterProject(folder: string): Promise<string[]> {
  const paths = Object.keys(FILES);
  await refuseExisting(folder, paths);
  // Removed again, the last one first, if not everything can be written.
  const made: string[] = [];
  try {
    for (const path of paths) {
      const file = join(folder, path);
      const folderMade = makeFolder(dirname(file));
      if (folderMade !== undefined) made.push(folderMade);
      await writeFile(file, await readFile(FILES[path] as URL), { flag: "wx" });
      made.push(file);
    }
  } catch (cause) {
    for (const path of made.toReversed()) await rm(path, { recursive: true, force: true });
    const state = cause instanceof Error ? cause.message : String(cause);
    throw new FusionPlayError(`Cannot write a starter project into ${quote(folder)}: ${state}`, {
      code: "FILE_UNREADABLE",
      hint: "Check the folder, its permissions and the disk",
      cause,
    });
  }
  return paths;
}

async function refuseExisting(folder: string, paths: readonly string[]): Promise<void> {
  const existing: string[] = [];
  for (const path of paths) {
    if (await lstat(join(folder, path)).catch(() => undefined)) existing.push(path);
  }
  if (existing.length === 0) return;
  const files = `${existing.map(quote).join(", ")} ${existing.length === 1 ? "is" : "are"} there already`;
  throw new FusionPlayError(`Cannot write a starter project into ${quote(folder)}: ${files}`, {
    code: "FILE_EXISTS",
    hint: "Name another folder, such as fusion-play init my-fleet",
  });
}
