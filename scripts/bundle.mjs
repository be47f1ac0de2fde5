// Bundles src/ and the packages that it imports into few files in dist/, as a program of a thousand files takes half a
// second to load: the program, the library and what both share; and the script of the page of reports, with its
// style beside it. As `bundle.mjs page` it makes the page and nothing else. Types are written by the compiler.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const PROGRAM = "dist/cli/main.js";

await bundlePage();
if (process.argv[2] !== "page") await bundleProgram();

async function bundleProgram() {
  const bundle = await rolldown({
    cwd: root,
    input: {
      index: "src/index.ts",
      "cli/main": "src/cli/main.ts",
      "lab/lab-status": "src/lab/lab-status.ts",
      "sessions/agent": "src/sessions/agent.ts",
      "ssh/connection-thread": "src/ssh/connection-thread.ts",
    },
    platform: "node",
    // ssh2 looks for its native part itself, and jiti for its compiler.
    external: [/^node:/, "ssh2", "jiti"],
    transform: { target: "node20.19" },
    onLog: refuseWarnings,
  });
  const form = {
    dir: join(root, "dist"),
    format: "esm",
    entryFileNames: "[name].js",
    // As deep as entries, so that what they read beside dist/ is found.
    chunkFileNames: "chunks/[name]-[hash].js",
  };
  const { output: pieces } = await bundle.generate(form);
  const { output } = await bundle.write({ ...form, codeSplitting: { groups: groupsOf(pieces) } });
  await bundle.close();
  const modules = output.flatMap((chunk) => chunk.moduleIds ?? []);
  writeFileSync(join("dist", "LICENSES.txt"), licenses(modules));
  removeOthers(new Set(output.map(({ fileName }) => join("dist", fileName))));
  if (!readFileSync(PROGRAM, "utf8").startsWith("#!/usr/bin/env node\n")) {
    fail(`'${PROGRAM}' does not start with #!/usr/bin/env node`);
  }
  chmodSync(PROGRAM, 0o755);
  // The set-up takes its time for that of the build.
  utimesSync(PROGRAM, new Date(), new Date());
}

/**
 * What the program loads at once, what threads for SSH share with it, what commands load that only read files, and what
 * those load besides that run plays: of dozens of small files each would take its time to find.
 */
function groupsOf(chunks) {
  const modulesFor = (entry) => modulesOf(chunks, join(root, "src", entry));
  const forRun = new Set(modulesFor("cli/run.ts"));
  const groups = {
    // The program waits for what it loads, which would wait for it if they were one.
    main: modulesFor("cli/main.ts").filter((id) => id !== join(root, "src/cli/main.ts")),
    ssh: modulesFor("ssh/connection-thread.ts").filter((id) => forRun.has(id)),
    inventory: modulesFor("cli/inventory.ts"),
    run: [...forRun],
  };
  return Object.entries(groups).map(([name, modules], index) => {
    const own = new Set(modules);
    // What is in several groups is in the first of them.
    return { name: `for-${name}`, test: (id) => own.has(id), priority: 4 - index };
  });
}

/** The modules that are loaded with one. */
function modulesOf(chunks, module) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const modules = [];
  const add = (chunk) => {
    if (!byName.delete(chunk?.fileName)) return;
    modules.push(...chunk.moduleIds);
    chunk.imports.forEach((name) => add(byName.get(name)));
  };
  add(chunks.find(({ moduleIds }) => moduleIds?.includes(module)));
  return modules;
}

async function bundlePage() {
  const bundle = await rolldown({
    cwd: root,
    input: "src/page/main.ts",
    platform: "browser",
    tsconfig: "src/page/tsconfig.json",
    onLog: refuseWarnings,
  });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();
  const [{ code }] = output;
  if (/<\/script|<!--/i.test(code)) fail("the script of the page would end the element that it stands in");
  mkdirSync("dist/page", { recursive: true });
  writeFileSync("dist/page/script.js", code);
  copyFileSync("src/page/page.css", "dist/page/page.css");
}

function refuseWarnings(level, log) {
  if (level === "warn") fail(log.message);
}

/**
 * What the licences of the bundled packages want to be said.
 *
 * @param {string[]} modules paths of the files that were bundled
 */
function licenses(modules) {
  const folders = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  );
  const texts = [...folders].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? license : readFileSync(join(folder, file), "utf8").trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/** Removes what an earlier build has written: other chunks, and types that have no source any more. */
function removeOthers(written) {
  const kept = new Set([...written, join("dist", "LICENSES.txt")]);
  for (const file of readdirSync("dist", { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (!file.isFile() || kept.has(path) || path.startsWith(join("dist", "page"))) continue;
    const source = join("src", relative("dist", path)).replace(/\.d\.ts$/, ".ts");
    if (!path.endsWith(".d.ts") || !existsSync(source)) rmSync(path);
  }
}

function fail(message) {
  console.error(`Cannot bundle: ${message}`);
  process.exit(1);
}
