import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "..", "..", "src");
/** Imports and exports that load something: those of types alone do not, nor do calls of `import()`. */
const LOADS = /^(?:import|export)\s+(?!type\b)(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm;

/** What a file loads when it is loaded: files below src/, and packages. */
function loadedWith(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name = ""] of readFileSync(join(SOURCES, file), "utf8").matchAll(LOADS)) {
    if (name.startsWith(".")) loadedWith(join(dirname(file), name), seen);
    else seen.add(name);
  }
  return seen;
}

test("a run whose hosts are all held does not load the ssh2 package, which the backend brings", () => {
  const ofRun = loadedWith("cli/run.ts");
  expect(ofRun).toContain("sessions/keeper.ts");
  expect(ofRun).not.toContain("ssh2");
  expect(loadedWith("ssh/ssh2-backend.ts")).toContain("ssh2");
});
