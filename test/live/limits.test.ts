import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { INVENTORY_PIECES, mutatedText, PLAYBOOK_PIECES } from "../documents/mutated-text.ts";

/** Memory of the whole process, Node.js and our own code included. */
const MAX_BYTES = 200 * 1024 * 1024;
/** CPU that one document may take. */
const MAX_SECONDS = 1;
/** On a machine that takes longer for everything, a document may take so many times what the start takes. */
const MAX_STARTS = 4;

const SOURCES = join(import.meta.dirname, "..", "..", "src");

/** Loads documents one after another, and tells what that took; anything but an error of ours ends it. */
const PROGRAM = `
import { FusionPlayError } from "${SOURCES}/errors.ts";
import { loadPlaybook } from "${SOURCES}/playbook/load-playbook.ts";
import { loadInventory } from "${SOURCES}/inventory/load-inventory.ts";
const [kind, ...files] = process.argv.slice(2);
const seconds = ({ user, system }) => (user + system) / 1e6;
const start = seconds(process.cpuUsage());
const loaded = [];
for (const file of files) {
  const before = process.cpuUsage();
  let message = "";
  try {
    if (kind === "inventory") await loadInventory([file]);
    else await loadPlaybook(file);
  } catch (error) {
    if (!(error instanceof FusionPlayError)) throw error;
    message = error.message;
  }
  loaded.push({ file, seconds: seconds(process.cpuUsage(before)), message: message.slice(0, 300) });
}
console.log(JSON.stringify({ start, loaded, bytes: process.resourceUsage().maxRSS * 1024 }));
`;

interface Measured {
  /** Seconds of CPU until the first document. */
  readonly start: number;
  readonly loaded: readonly { readonly file: string; readonly seconds: number; readonly message: string }[];
  readonly bytes: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-limits-"));
  await writeFile(join(folder, "program.ts"), PROGRAM);
  // What is loaded seldom stays outside of the program.
  await symlink(join(SOURCES, "..", "node_modules"), join(folder, "node_modules"));
  // As the build makes the program. In a process of its own: those that are started have the memory of this one first.
  const rolldown = join(SOURCES, "..", "node_modules", ".bin", "rolldown");
  const options = ["--platform", "node", "--external", "jiti", "--no-codeSplitting"];
  await promisify(execFile)(rolldown, [
    join(folder, "program.ts"),
    "--file",
    join(folder, "program.mjs"),
    ...options,
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Loads documents in a process of their own. */
async function load(
  kind: "playbook" | "inventory",
  files: readonly string[],
  options: readonly string[] = [],
): Promise<Measured> {
  const program = join(folder, "program.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [...options, program, kind, ...files], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Measured;
}

function expectWithinLimits({ start, loaded, bytes }: Measured): void {
  const limit = Math.max(MAX_SECONDS, MAX_STARTS * start);
  expect(loaded.filter(({ seconds }) => seconds > limit)).toEqual([]);
  expect(bytes).toBeLessThan(MAX_BYTES);
}

const KIB = 1024;
const MIB = 1024 * KIB;
const play = (rest: string): string => `- hosts: all\n  ${rest}\n`;
const levels = Array.from("bcdefghijklm", (name, index) => [name, "abcdefghijklm".charAt(index)] as const);
const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${levels
  .map(([name, before]) => `${name}: &${name} [${`*${before}, `.repeat(9)}]\n`)
  .join("")}`;

test.each<[string, "playbook" | "inventory", string, string, RegExp]>([
  ["an alias bomb", "playbook", "bomb.yml", bomb, /aliases of this file stand for more than 100000 values/],
  ["an alias bomb in an inventory", "inventory", "bomb-hosts.yml", bomb, /aliases of this file stand for/],
  [
    "a line of 10 MB",
    "playbook",
    "line.yml",
    play(`steps: [{ run: "${"a".repeat(10 * MIB)}" }]`),
    /it is larger than 8 MiB/,
  ],
  ["a line of 1 MB", "playbook", "name.yml", play(`name: "${"a".repeat(MIB)}"`), /Missing key "steps"/],
  [
    "a file of 20 MB",
    "inventory",
    "large.ini",
    `[web]\n${"host\n".repeat(4 * MIB)}`,
    /it is larger than 8 MiB/,
  ],
  ["lists in lists", "playbook", "flow.yml", "[".repeat(MIB), /nest deeper than 100 levels/],
  [
    "lists in lists on one line",
    "playbook",
    "block.yml",
    "- ".repeat(MIB / 2),
    /nest deeper than 100 levels/,
  ],
  [
    "lists in lists on many lines",
    "playbook",
    "lines.yml",
    Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}-\n`).join(""),
    /nest deeper than 100 levels/,
  ],
  ["lists in lists of JSON", "inventory", "deep.json", "[".repeat(MIB), /nest deeper than 100 levels/],
  ["lists in lists of Python", "inventory", "deep.ini", `[all:vars]\na=${"[".repeat(MIB)}\n`, /^$/],
  [
    "a range of 100 million",
    "inventory",
    "range.yml",
    'web: { hosts: { "web[1:99999999]": } }\n',
    /Cannot expand/,
  ],
  [
    "ranges of ranges",
    "inventory",
    "ranges.ini",
    "web[1:99999]-[1:99999]-[1:99999]\n",
    /the range makes more than 100000 hosts/,
  ],
  [
    "many ranges",
    "inventory",
    "many.ini",
    Array.from({ length: 1000 }, (_, index) => `w${index}-[1:100000]\n`).join(""),
    /the ranges of the inventory make more than 100000 hosts/,
  ],
  [
    "many mistakes in one line",
    "playbook",
    "mistakes.yml",
    `[${"1, ".repeat(20_000)}1]`,
    /expects a mapping with "hosts" and "steps", got the number 1/,
  ],
  [
    "many mistakes in one line of JSON",
    "inventory",
    "mistakes.json",
    JSON.stringify(
      Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`g${index}`, { hosts: 1 }])),
    ),
    /"hosts" expects a mapping of names/,
  ],
  [
    "many templates in one text",
    "playbook",
    "templates.yml",
    play(`vars: { a: "${"${{ vars.b }}".repeat(40_000)}" }`),
    /more than 1000 \$\{\{ … \}\}/,
  ],
  [
    "an endless expression",
    "playbook",
    "sum.yml",
    play(`steps: [{ assert: "${"1 + ".repeat(250_000)}1" }]`),
    /longer than/,
  ],
  [
    "brackets in brackets",
    "playbook",
    "brackets.yml",
    play(`steps: [{ assert: "${"(".repeat(3000)}" }]`),
    /expression/,
  ],
  [
    "many aliases",
    "playbook",
    "aliases.yml",
    play(`vars: { a: &a { x: 1 }, b: [${"*a,".repeat(300_000)}] }`),
    /more than 10000 anchors and aliases/,
  ],
  ["many anchors", "playbook", "anchors.yml", "&a ".repeat(300_000), /more than 10000 anchors and aliases/],
  ["tabs", "playbook", "tabs.yml", "\t".repeat(MIB), /./],
  ["exclamation marks", "playbook", "bang.yml", "!".repeat(MIB), /./],
  ["colons", "playbook", "colons.yml", ":".repeat(MIB), /./],
])("loading %s takes less than a second of CPU and 200 MB", async (_, kind, name, text, expected) => {
  const file = join(folder, name);
  await writeFile(file, text);
  const measured = await load(kind, [file]);
  expect(measured.loaded[0]?.message).toMatch(expected);
  expectWithinLimits(measured);
});

/** The memory is not that of one document: with a smaller heap what is left of the others is thrown away. */
const SMALL_HEAP = ["--max-old-space-size=96", "--max-semi-space-size=8"];

const texts = (paths: readonly string[]): Promise<string[]> =>
  Promise.all(paths.map((path) => readFile(path, "utf8")));
const sampled = (samples: readonly string[], pieces: readonly string[], numRuns: number): string[] =>
  fc.sample(mutatedText(samples, pieces), { numRuns });

test("no mutated playbook takes more than a second of CPU and 200 MB", async () => {
  const samples = await texts([
    "playbooks/site.yml",
    "test/fixtures/playbooks/invalid/many-at-once.yml",
    "test/fixtures/playbooks/ansible/users.yml",
  ]);
  const files = sampled(samples, PLAYBOOK_PIECES, 400).map(async (text, index) => {
    const file = join(folder, `mutated-${index}.yml`);
    await writeFile(file, text);
    return file;
  });
  expectWithinLimits(await load("playbook", await Promise.all(files), SMALL_HEAP));
});

test("no mutated file of variables takes more than a second of CPU and 200 MB", async () => {
  const samples = await texts([
    "test/fixtures/inventory/invalid/connection.yml",
    "test/fixtures/inventory/invalid/alias-bomb.yml",
  ]);
  const given = 'a: "${{ vars.b }} and ${{ [1, 2].map(x, x * 2) }}"\nb: { c: [1, yes, 0x10, 1:30, ~] }\n';
  const pieces = [...PLAYBOOK_PIECES, ...INVENTORY_PIECES];
  const files = sampled([...samples, given], pieces, 400).map(async (text, index) => {
    const inner = join(folder, `vars-${index}`);
    await mkdir(inner);
    await writeFile(join(inner, "vars.yml"), text);
    await writeFile(join(inner, "site.yml"), play("vars_files: vars.yml\n  steps: []"));
    return join(inner, "site.yml");
  });
  const measured = await load("playbook", await Promise.all(files), SMALL_HEAP);
  // Some are still right, others are not.
  const [right, wrong] = [true, false].map((isRight) =>
    measured.loaded.filter(({ message }) => (message === "") === isRight),
  );
  expect([right?.length === 0, wrong?.length === 0]).toEqual([false, false]);
  expectWithinLimits(measured);
});

test.each(["mutated.yml", "mutated.ini"])(
  "no %s of an inventory takes more than a second of CPU and 200 MB",
  async (name) => {
    const inventories = name.endsWith(".ini")
      ? ["mistakes.ini"]
      : ["groups.yml", "connection.yml", "ranges.yml"];
    const samples = await texts(inventories.map((file) => join("test/fixtures/inventory/invalid", file)));
    const files = sampled(samples, INVENTORY_PIECES, 400).map(async (text, index) => {
      const file = join(folder, `${index}-${basename(name)}`);
      await writeFile(file, text);
      return file;
    });
    expectWithinLimits(await load("inventory", await Promise.all(files), SMALL_HEAP));
  },
);
