// Joins the compiled modules of the page of a report, dist/page/main.js and all that it imports, into one script, as
// the page is one file; and puts its style beside it. Modules import by name only, and no two of them declare the
// same name at the top.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const IMPORT = /^import \{[^}]*\} from "(\.[^"]+)";\n/gm;

const parts = [];
const seen = new Set();
const owners = new Map();

/** Adds a module behind those that it imports. */
function add(file) {
  if (seen.has(file)) return;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, path] of text.matchAll(IMPORT)) add(join(dirname(file), path));
  const body = text
    .replace(IMPORT, "")
    .replace(/^export (?=(?:async )?(?:function|class|const|let)\b)/gm, "");
  const left = /^(?:import|export)\b.*/m.exec(body);
  if (left !== null) fail(`${file} has "${left[0]}", which cannot be joined`);
  for (const [, name] of body.matchAll(/^(?:async )?(?:function\*?|class|const|let) ([\w$]+)/gm)) {
    const owner = owners.get(name);
    if (owner !== undefined) fail(`${file} and ${owner} both declare ${name}`);
    owners.set(name, file);
  }
  parts.push(body.trim());
}

function fail(message) {
  console.error(`Cannot join the script of the page: ${message}`);
  process.exit(1);
}

add(join(root, "dist", "page", "main.js"));
const script = `"use strict";\n(() => {\n${parts.join("\n")}\n})();\n`;
if (/<\/script|<!--/i.test(script)) fail("its text would end the element that it stands in");
writeFileSync(join(root, "dist", "page", "script.js"), script);
copyFileSync(join(root, "src", "page", "page.css"), join(root, "dist", "page", "page.css"));
