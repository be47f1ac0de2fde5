import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { drawInventory } from "../../src/inventory/inventory-graph.ts";
import { listHost, listInventory } from "../../src/inventory/inventory-list.ts";
import type { Inventory } from "../../src/inventory/inventory.ts";
import type { InventoryTree } from "../../src/inventory/inventory-tree.ts";
import { loadInventoryTree } from "../../src/inventory/load-inventory-tree.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { resolveInventory } from "../../src/inventory/resolve-inventory.ts";
import { selectHosts } from "../../src/inventory/select-hosts.ts";
import { askAnsible, type AnsibleAnswer, type AnsibleQuestion } from "./ansible-oracle.ts";
import { generateInventories } from "./generated-inventory.ts";
import { generatePatterns } from "./generated-pattern.ts";

const fixtures = join(import.meta.dirname, "../fixtures/inventory");
const temporary = mkdtempSync(join(tmpdir(), "fusion-play-inventories-"));
const written = readFileSync(join(fixtures, "patterns.txt"), "utf8").split("\n").filter(Boolean);
const patterns = [...written, ...generatePatterns(220)];
const questions = [...fixtureQuestions(), ...generatedQuestions(40)];

let answers: Readonly<Record<string, AnsibleAnswer>>;
beforeAll(() => {
  answers = askAnsible(questions);
});
afterAll(() => rmSync(temporary, { recursive: true }));

test("the corpus has at least 60 inventories and 300 patterns", () => {
  expect(new Set(questions.map(({ name }) => name)).size).toBeGreaterThanOrEqual(60);
  expect(new Set(patterns).size).toBeGreaterThanOrEqual(300);
});

describe.each(questions)("$name", ({ name, sources, playbook_dir }) => {
  let tree: InventoryTree;
  let inventory: Inventory;
  let ansible: AnsibleAnswer;
  beforeAll(async () => {
    tree = await loadInventoryTree(sources, {
      playbookFolders: playbook_dir === undefined ? [] : [playbook_dir],
    });
    inventory = resolveInventory(tree, { homeDirectory: "/home/user", workingDirectory: fixtures });
    const answer = answers[name];
    expect(answer).toBeDefined();
    ansible = answer as AnsibleAnswer;
  });

  /** Names as they are, or sorted where Ansible itself gives them in any order. */
  const inAnsiblesOrder = (names: readonly string[]): readonly string[] =>
    ansible.ordered ? names : names.toSorted();

  test("listInventory() lists what ansible-inventory --list prints", () => {
    expect(pythonJson(listInventory(tree))).toBe(ansible.list);
  });

  test("listInventory() lists what ansible-inventory --list --export prints", () => {
    expect(pythonJson(listInventory(tree, { isExport: true }))).toBe(ansible.export);
  });

  test("listHost() lists what ansible-inventory --host prints", () => {
    const listed = Object.keys(ansible.hosts).map((host) => [host, pythonJson(listHost(tree, host))]);
    expect(Object.fromEntries(listed)).toEqual(ansible.hosts);
  });

  test("drawInventory() draws what ansible-inventory --graph prints", () => {
    expect(drawInventory(tree, "all")).toBe(`${ansible.graph}\n`);
  });

  test("resolveInventory() gives the groups of hosts and the hosts of groups that Ansible gives", () => {
    const memberships = [...inventory.hosts.values()].map((host) => [host.name, host.groups]);
    expect(memberships).toEqual(Object.entries(ansible.memberships));
    const members = [...inventory.groups.values()].map((group) => [group.name, inAnsiblesOrder(group.hosts)]);
    expect(members).toEqual(
      Object.entries(ansible.members).map(([group, hosts]) => [group, inAnsiblesOrder(hosts)]),
    );
  });

  test("selectHosts() selects what Ansible selects, for every pattern", () => {
    const compared = patterns.filter((pattern) => ansible.ordered || !/\[-?\d/u.test(pattern));
    const select = (pattern: string): readonly string[] | null => selectedNames(inventory, pattern);
    const inOrder = (names: readonly string[] | null | undefined): unknown => names && inAnsiblesOrder(names);
    expect(compared.map((pattern) => [pattern, inOrder(select(pattern))])).toEqual(
      compared.map((pattern) => [pattern, inOrder(ansible.selected[pattern])]),
    );
  });
});

/** The hosts that a pattern selects; null where it is refused. */
function selectedNames(inventory: Inventory, pattern: string): readonly string[] | null {
  try {
    return selectHosts(inventory, pattern).hosts.map(({ name }) => name);
  } catch (error) {
    if (error instanceof FusionPlayError) return null;
    throw error;
  }
}

/** The inventories of the fixtures: files and folders; a folder with `sources.txt` names its sources there. */
function fixtureQuestions(): AnsibleQuestion[] {
  const folder = join(fixtures, "valid");
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { sources = [path], playbook } = readSources(path);
    return {
      name,
      sources,
      patterns,
      ...(playbook === undefined ? {} : { playbook_dir: playbook }),
    };
  });
}

/** Lines of `sources.txt`: sources in the folder, lists of hosts, and perhaps `playbook: <folder>`. */
function readSources(folder: string): { sources?: string[]; playbook?: string } {
  let text: string;
  try {
    text = readFileSync(join(folder, "sources.txt"), "utf8");
  } catch {
    return {};
  }
  const lines = text.split("\n").filter(Boolean);
  const playbook = lines.find((line) => line.startsWith("playbook: "))?.slice("playbook: ".length);
  const sources = lines.filter((line) => !line.startsWith("playbook: "));
  return {
    sources: sources.map((source) => (source.includes(",") ? source : join(folder, source))),
    ...(playbook === undefined ? {} : { playbook: join(folder, playbook) }),
  };
}

function generatedQuestions(count: number): AnsibleQuestion[] {
  return generateInventories(count).map(({ files, sources, playbookFolder }, index) => {
    const name = `generated ${index + 1}`;
    const folder = join(temporary, String(index + 1));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return {
      name,
      sources: sources.map((source) => (source.includes(",") ? source : join(folder, source))),
      patterns,
      ...(playbookFolder === undefined ? {} : { playbook_dir: join(folder, playbookFolder) }),
    };
  });
}
