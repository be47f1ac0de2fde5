// Finishes what the compiler and join-page.mjs wrote to dist/: removes what has no source any more, and makes the
// program executable.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));

/** Made of all that is beside it. */
const joined = join("dist", "page", "script.js");

for (const file of readdirSync("dist", { recursive: true, withFileTypes: true })) {
  if (!file.isFile()) continue;
  const path = join(file.parentPath, file.name);
  const source = join("src", relative("dist", path)).replace(/(\.d\.ts|\.js)$/, ".ts");
  if (!existsSync(source) && path !== joined) rmSync(path);
}

const program = "dist/cli/main.js";
if (!readFileSync(program, "utf8").startsWith("#!/usr/bin/env node\n")) {
  console.error(`Cannot finish the build: '${program}' does not start with #!/usr/bin/env node`);
  process.exit(1);
}
chmodSync(program, 0o755);
// The set-up takes its time for that of the build.
utimesSync(program, new Date(), new Date());
