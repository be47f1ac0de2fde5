import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Builds `dist/` if a source is newer, as the tests of this folder run the program itself. */
export default function build(): void {
  const root = join(import.meta.dirname, "..", "..");
  const built = modified(join(root, "dist", "cli", "main.js"));
  const sources = [
    join(root, "tsconfig.json"),
    join(root, "tsconfig.build.json"),
    join(root, "scripts", "bundle.mjs"),
    ...entriesOf(join(root, "src")),
  ];
  if (sources.every((source) => modified(source) <= built)) return;
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = { cwd: root, stdio: "inherit" } as const;
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--noEmitOnError"], options);
  execFileSync(process.execPath, [join(root, "scripts", "bundle.mjs")], options);
}

/** Folders count too: their time changes when a file in them is removed. */
function entriesOf(folder: string): string[] {
  const inside = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return [folder, ...inside.map((name) => join(folder, name))];
}

/** Time of the last change; that of a file that is not there comes before any other. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}
