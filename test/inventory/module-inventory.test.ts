import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Atom, Float } from "../../src/etf/term.ts";
import { listInventory } from "../../src/inventory/inventory-list.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { loadInventoryTree, type InventoryTreeOptions } from "../../src/inventory/load-inventory-tree.ts";

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "inventory-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

async function messageOf(text: string, options: InventoryTreeOptions = {}): Promise<string> {
  const workingDirectory = await folderWith({ "hosts.ts": text });
  const error: unknown = await loadInventoryTree(["hosts.ts"], { ...options, workingDirectory }).then(
    () => expect.fail("it was loaded"),
    (reason: unknown) => reason,
  );
  return (error as Error).message;
}

test("loadInventory() reads what an asynchronous function of a TypeScript module gives", async () => {
  const workingDirectory = await folderWith({
    "hosts.ts": `
import { setTimeout } from "node:timers/promises";
import { atom, type InventoryInput } from "fusion-play";
import { ports } from "./ports";

interface Machine { name: string; rack: number }

export default async ({ signal }: { signal: AbortSignal }): Promise<InventoryInput> => {
  const machines: Machine[] = [{ name: "m1", rack: 1 }, { name: "m2", rack: 2 }];
  await setTimeout(1, undefined, { signal });
  return {
    web: {
      hosts: Object.fromEntries(machines.map(({ name, rack }) => [name, { rack, fusion_port: ports.ssh }])),
      vars: { state: atom("ok"), ratio: 0.5, big: 123456789012345678901n, list: [1, null, { a: true }], none: undefined },
      children: { inner: { hosts: ["n[01:03]", "lone:2222"] } },
    },
    db: { children: ["web"], hosts: "m3" },
    empty: null,
  };
};
`,
    "ports.ts": "export const ports = { ssh: 2022 } as const;\n",
  });
  const { hosts, groups } = await loadInventory(["hosts.ts"], { workingDirectory });
  expect([...hosts.keys()]).toEqual(["m1", "m2", "n01", "n02", "n03", "lone", "m3"]);
  expect(hosts.get("m2")).toMatchObject({
    groups: ["db", "web"],
    connection: { port: 2022 },
    vars: {
      rack: 2,
      state: new Atom("ok"),
      ratio: new Float(0.5),
      big: 123456789012345678901n,
      list: [1, null, { a: true }],
    },
  });
  expect(hosts.get("lone")?.connection).toEqual({ port: 2222 });
  expect(Object.keys(hosts.get("m1")?.vars ?? {})).not.toContain("none");
  expect(groups.get("db")?.children).toEqual(["web"]);
});

test("loadInventoryTree() merges a module with other sources, and reads variables beside it", async () => {
  const workingDirectory = await folderWith({
    "a.yml": "web: { hosts: { w1: { x: 1 } } }\n",
    "b.mjs": "export default { web: { hosts: { w1: { x: 2 }, w2: null } } };\n",
  });
  const tree = await loadInventoryTree(["a.yml", "b.mjs", "w3,"], { workingDirectory });
  expect(listInventory(tree)).toMatchObject({
    web: { hosts: ["w1", "w2"] },
    ungrouped: { hosts: ["w3"] },
    _meta: { hostvars: { w1: { x: 2 } } },
  });
});

test.each([
  [
    "exports nothing",
    "const x = 1;",
    'hosts.ts:1:1: The module exports no inventory\n  1 | const x = 1;\n    | ^\n  Add: export default async () => ({ web: { hosts: ["web1"] } })',
  ],
  [
    "has a syntax error",
    "export default {",
    "hosts.ts:1:17: The module cannot be loaded: Unexpected token\n  1 | export default {\n    |                 ^",
  ],
  [
    "throws while it is loaded",
    "\n  throw new Error('no route');\nexport default {};",
    "hosts.ts:2:3: The module cannot be loaded: no route\n  2 |   throw new Error('no route');\n    |   ^",
  ],
  [
    "has a function that throws",
    "export default async () => {\n  await null;\n  throw new Error('denied');\n};",
    "hosts.ts:3:3: The module cannot be loaded: denied\n  3 |   throw new Error('denied');\n    |   ^",
  ],
  [
    "gives a list",
    "// x\nexport default () => [];",
    "hosts.ts:2:1: An inventory is a mapping of groups, got an empty list\n  2 | export default () => [];\n    | ^",
  ],
  [
    "has a misspelt key",
    "export default { web: { host: { w1: null } } };",
    'hosts.ts:1:1: web.host: Unknown key "host" in the group "web"\n  1 | export default { web: { host: { w1: null } } };\n    | ^\n  Did you mean "hosts"?',
  ],
  [
    "has a connection variable of the wrong kind",
    "export default { web: { hosts: { w1: { fusion_port: 'x' } } } };",
    'hosts.ts:1:1: web.hosts.w1.fusion_port: "fusion_port" expects a whole number from 1 to 65535, got text "x"\n  1 | export default { web: { hosts: { w1: { fusion_port: \'x\' } } } };\n    | ^',
  ],
  [
    "holds what no term can be made of",
    "export default { web: { hosts: ['a', 1], vars: { f: () => 1, n: NaN, d: new Date(0) } } };",
    [
      "web.vars.d: Erlang has nothing like a JavaScript Date",
      "web.vars.f: Erlang has nothing like a JavaScript function",
      "web.vars.n: Erlang has no number like NaN",
    ],
  ],
  [
    "has a number for a name",
    "export default { web: { hosts: ['a', 1] } };",
    ['web.hosts[1]: "hosts" expects names, got the number 1'],
  ],
  [
    "contains itself",
    "const a: any = {}; a.web = { vars: { a } }; export default a;",
    ["web.vars.a: The value contains itself"],
  ],
])("loadInventoryTree() tells what is wrong with a module that %s", async (_title, text, message) => {
  const told = await messageOf(text);
  if (typeof message === "string") expect(told).toBe(message);
  else
    expect(told.split("\n").flatMap((line) => /^hosts\.ts:1:\d+: (.*)$/.exec(line)?.[1] ?? [])).toEqual(
      message,
    );
});

test("loadInventoryTree() stops waiting for a function, when it is told to stop", async () => {
  const controller = new AbortController();
  Object.assign(globalThis, { inventoryStarted: () => controller.abort(new Error("enough")) });
  onTestFinished(() => void Reflect.deleteProperty(globalThis, "inventoryStarted"));
  const text = "export default () => { globalThis.inventoryStarted(); return new Promise(() => {}); };";
  expect(await messageOf(text, { signal: controller.signal })).toBe("enough");
});
