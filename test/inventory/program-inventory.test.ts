import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listInventory } from "../../src/inventory/inventory-list.ts";
import type { InventoryTree } from "../../src/inventory/inventory-tree.ts";
import { loadInventoryTree } from "../../src/inventory/load-inventory-tree.ts";
import { pythonJson } from "../../src/inventory/python-json.ts";
import { processesWith } from "../lab/processes.ts";
import { askAnsible } from "./ansible-oracle.ts";

/** Makes a folder with programs of the given texts. */
async function folderWith(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "inventory-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(programs)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}

/** A program that prints a listing for `--list`, and other things for the hosts. */
function program(listing: string, byHost: Readonly<Record<string, string>> = {}): string {
  const hosts = Object.entries(byHost).map(
    ([host, text]) => `--host\\ ${host}) cat <<'END'\n${text}\nEND\n;;`,
  );
  return `#!/bin/sh\ncase "$*" in\n--list) cat <<'END'\n${listing}\nEND\n;;\n${hosts.join("\n")}\nesac\n`;
}

async function load(programText: string): Promise<InventoryTree> {
  const workingDirectory = await folderWith({ hosts: programText });
  return loadInventoryTree(["hosts"], { workingDirectory });
}

async function errorOf(programText: string): Promise<Error & { code?: string; hint?: string }> {
  return load(programText).then(
    () => expect.fail("it was loaded"),
    (error: unknown) => error as Error,
  );
}

const listings: Readonly<Record<string, string>> = {
  "with _meta": program(
    `{"web": {"hosts": ["w1", "w2", "x[1:2]", "w3:22"], "vars": {"f": 1.0, "big": 123456789012345678901, "ansible_group_priority": 3},
      "children": ["deep"]}, "deep": ["d1", "w1"], "_meta": {"hostvars": {"w1": {"a": [1, {"b": null}]}, "gone": {"x": 1}, "d1": {}}},
      "prod": {"children": ["web", "unknown"]}}`,
  ),
  "without _meta": program(`{"web": {"hosts": ["w1", "w2", "w3"]}, "all": {"vars": {"v": 1}}}`, {
    w1: `{"a": 1e3}`,
    w2: "b: yes\nc: 010",
    w3: "{}",
  }),
  "of variables alone": program(
    `{"lone": {"a": 1, "b": "text"}, "web": {"hosts": ["lone", "w1"]}, "_meta": {"hostvars": {}}}`,
  ),
  "of nothing": program(`{"_meta": {"hostvars": {}}}`),
  "with empty groups": program(
    `{"a": {"hosts": []}, "b": [], "c": {"vars": {}}, "_meta": {"hostvars": {}, "more": 1}}`,
  ),
};

test("loadInventoryTree() runs a program and reads what Ansible reads of it", async () => {
  const names = Object.keys(listings);
  const folder = await folderWith(listings);
  await mkdir(join(folder, "group_vars"));
  await writeFile(join(folder, "group_vars/web"), "beside: the program\n");
  const question = (name: string, ...sources: string[]) => ({
    name,
    sources: sources.map((source) => join(folder, source)),
    patterns: [],
  });
  const questions = [
    ...names.map((name) => question(name, name)),
    question("several", ...names),
    question("in a folder", "."),
  ];
  const answers = askAnsible(questions);
  for (const { name, sources } of questions) {
    const tree = await loadInventoryTree(sources);
    expect([name, pythonJson(listInventory(tree))]).toEqual([name, answers[name]?.list]);
    expect([name, pythonJson(listInventory(tree, { isExport: true }))]).toEqual([
      name,
      answers[name]?.export,
    ]);
  }
});

test("loadInventoryTree() runs a program in the working directory, with its full path and our environment", async () => {
  const text = `#!/bin/sh\nprintf '{"g": {"hosts": ["h"], "vars": {"pwd": "%s", "self": "%s", "home": "%s"}}, "_meta": {"hostvars": {}}}' "$(pwd -P)" "$0" "$HOME"\n`;
  const folder = await folderWith({ "inventory/hosts.sh": text });
  const { groups } = await loadInventoryTree(["inventory/hosts.sh"], { workingDirectory: folder });
  const vars = [...(groups.get("g")?.vars ?? [])].map(([name, { data }]) => [name, data]);
  expect(Object.fromEntries(vars)).toEqual({
    pwd: folder,
    self: join(folder, "inventory/hosts.sh"),
    home: process.env["HOME"],
  });
});

test("loadInventoryTree() reads a text that happens to be executable, and does not run it", async () => {
  const workingDirectory = await folderWith({
    "hosts.yml": "web: { hosts: { w1: } }\n",
    hosts: "touch was-run\n",
  });
  const { hosts } = await loadInventoryTree(["hosts.yml"], { workingDirectory });
  expect([...hosts.keys()]).toEqual(["w1"]);
  await expect(loadInventoryTree(["hosts"], { workingDirectory })).rejects.toThrow("Expected key=value");
});

test("loadInventoryTree() shows what a program printed on standard error, when it fails", async () => {
  const error = await errorOf(
    "#!/bin/sh\necho 'Traceback:' >&2\necho '  KeyError: \u001b[31mtoken' >&2\nexit 4\n",
  );
  expect(error).toMatchObject({
    code: "PROGRAM_FAILED",
    message:
      'Cannot read "hosts": the program ended with exit code 4, and printed:\n    Traceback:\n      KeyError: \uFFFD[31mtoken',
    hint: expect.stringMatching(/^Run it by hand: \/.*\/hosts --list$/) as string,
  });
});

test("loadInventoryTree() says why, when a program cannot be started or is killed", async () => {
  expect(await errorOf("#!/no/such/python\n")).toMatchObject({
    code: "PROGRAM_FAILED",
    message: 'Cannot read "hosts": the program cannot be started: its interpreter does not exist',
    hint: "Check its first line, such as #!/usr/bin/env python3",
  });
  expect((await errorOf("#!/bin/sh\nkill -9 $$\n")).message).toBe(
    'Cannot read "hosts": the program was ended by SIGKILL',
  );
  const noHost = program(`{"web": ["w1"]}`).replace("esac", "*) echo no such host >&2; exit 1;;\nesac");
  expect(await errorOf(noHost)).toMatchObject({
    message: 'Cannot read "hosts": the program ended with exit code 1, and printed:\n    no such host',
    hint: expect.stringMatching(/hosts --host w1$/) as string,
  });
});

test("loadInventoryTree() ends a program with all it has started, when it is told to stop", async () => {
  const time = `301.${process.pid}`;
  const workingDirectory = await folderWith({ hosts: `#!/bin/sh\nsleep ${time} &\nsleep ${time}\n` });
  const controller = new AbortController();
  const loading = loadInventoryTree(["hosts"], { workingDirectory, signal: controller.signal });
  await expect.poll(() => processesWith(`sleep ${time}`).length, { timeout: 30_000 }).toBe(2);
  controller.abort(new Error("enough"));
  await expect(loading).rejects.toThrow("enough");
  await expect.poll(() => processesWith(`sleep ${time}`), { timeout: 30_000 }).toEqual([]);
});

test("loadInventoryTree() ends the programs of other hosts, when that of one fails", async () => {
  const time = `302.${process.pid}`;
  const text = `#!/bin/sh
case "$*" in
--list) echo '{"web": {"hosts": ["w1", "w2"]}}';;
"--host w1") sleep 0.2; exit 3;;
"--host w2") exec sleep ${time};;
esac
`;
  expect((await errorOf(text)).message).toContain("exit code 3");
  await expect.poll(() => processesWith(`sleep ${time}`), { timeout: 10_000 }).toEqual([]);
});

test.each([
  ["no JSON", "Loading…", "hosts --list:1:1: This is no JSON\n  1 | Loading…\n    | ^"],
  [
    "nothing",
    "",
    "hosts --list:1:1: The program printed nothing\n  1 |\n    | ^\n  It is to print JSON, at least {}; run it by hand to see what it does",
  ],
  [
    "a list",
    "[]",
    "hosts --list:1:1: An inventory is a mapping of groups, got an empty list\n  1 | []\n    | ^",
  ],
  [
    "hosts that are no list",
    `{"web": {"hosts": {"w1": {}}}}`,
    `hosts --list:1:19: The group "web" expects a list of hosts, got a mapping\n  1 | {"web": {"hosts": {"w1": {}}}}\n    |                   ^`,
  ],
  [
    "sections of the wrong kind",
    `{"web": {"hosts": [1], "vars": [], "children": "db"}, "_meta": {"hostvars": []}}`,
    [
      "hosts --list:1:20: Expected a name, got the number 1",
      'hosts --list:1:32: "vars" expects a mapping of variables, got an empty list',
      'hosts --list:1:48: "children" expects a list of groups, got text "db"',
      'hosts --list:1:77: "hostvars" expects a mapping of hosts, got an empty list',
    ],
  ],
  [
    "variables of the wrong kind",
    `{"web": ["w1"], "_meta": {"hostvars": {"w1": {"fusion_port": "x", "ansible_password": [1]}}}}`,
    [
      'hosts --list:1:62: "fusion_port" expects a whole number from 1 to 65535, got text "x"',
      'hosts --list:1:87: "ansible_password" expects text',
    ],
  ],
])("loadInventoryTree() tells what is wrong, when a program prints %s", async (_title, listing, message) => {
  const error = await errorOf(program(listing));
  if (typeof message === "string") expect(error.message).toBe(message);
  else expect(error.message.split("\n").filter((line) => line.startsWith("hosts "))).toEqual(message);
});
