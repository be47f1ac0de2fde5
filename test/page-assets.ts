import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Builds the script of the page of reports if a source is newer: reports as HTML are written with it. */
export default function buildPage(): void {
  const root = join(import.meta.dirname, "..");
  const built = modified(join(root, "dist", "page", "script.js"));
  const sources = ["src/page", "src/report", "tsconfig.json", "scripts/bundle.mjs"].flatMap((path) =>
    entriesOf(join(root, path)),
  );
  if (sources.every((source) => modified(source) <= built)) return;
  const bundle = [join(root, "scripts", "bundle.mjs"), "page"];
  execFileSync(process.execPath, bundle, { cwd: root, stdio: "inherit" });
}

/** A file, or a folder with all that is in it: its time changes when a file in it is removed. */
function entriesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const inside = readdirSync(path, { recursive: true, encoding: "utf8" });
  return [path, ...inside.map((name) => join(path, name))];
}

/** Time of the last change; that of a file that is not there comes before any other. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}
