import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";
import type { Play } from "../../src/playbook/playbook.ts";
import { secret } from "../../src/secret.ts";
import { Keys } from "../../src/secrets/keys.ts";
import { encryptedByAnsible } from "../secrets/encrypted-by-ansible.ts";
import { writePlaybook } from "./playbook-file.ts";

/** Loads a play whose key `vars_files` is `names`, with files beside it. */
async function playWith(
  names: string,
  files: Readonly<Record<string, string>>,
  { keys, module = false }: { readonly keys?: Keys; readonly module?: boolean } = {},
): Promise<{ play: Play; folder: string }> {
  const text = module
    ? `export default { hosts: "all", vars_files: ${names}, steps: [] };\n`
    : `hosts: all\nvars_files: ${names}\nsteps: []\n`;
  const path = await writePlaybook(module ? "site.ts" : "site.yml", text);
  const folder = dirname(path);
  mkdirSync(join(folder, "vars"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const [play] = (await loadPlaybook(path, keys === undefined ? {} : { keys })).plays;
  if (play === undefined) throw new Error("no play");
  return { play, folder };
}

/** Files of a play with the values of their variables. */
function valuesOf({ varsFiles }: Play, folder: string): Record<string, unknown> {
  return Object.fromEntries(
    varsFiles.map(({ file, vars }) => [
      file.slice(folder.length + 1),
      Object.fromEntries(
        Object.entries(vars).map(([name, template]) => [name, template.evaluate({ vars: { a: 1 } })]),
      ),
    ]),
  );
}

test.each([false, true])(
  "vars_files reads YAML as Ansible does, and JSON; in a module: %s",
  async (module) => {
    const files = {
      "vars/a.yml": "yes_it_is: yes\nmode: 0644\nnext: ${{ vars.a + 1 }}\nterm: !atom ok\n",
      "b.json": '{"list": [1, 2.5], "text": "yes"}',
      "empty.yml": "# nothing\n",
    };
    const { play, folder } = await playWith('["vars/a.yml", "./b.json", "empty.yml"]', files, { module });
    expect(valuesOf(play, folder)).toEqual({
      "vars/a.yml": { yes_it_is: true, mode: 420, next: 2, term: expect.objectContaining({ name: "ok" }) },
      "b.json": { list: [1, expect.objectContaining({ value: 2.5 })], text: "yes" },
      "empty.yml": {},
    });
    expect(play.varsFiles[0]?.vars["mode"]?.location).toEqual({
      file: join(folder, "vars/a.yml"),
      line: 2,
      column: 1,
    });
  },
);

test("vars_files takes one path, an absolute one, and the first file of a list that exists", async () => {
  const { play, folder } = await playWith("a.yml", { "a.yml": "x: 1\n" });
  expect(valuesOf(play, folder)).toEqual({ "a.yml": { x: 1 } });
  const names = `[${folder}/a.yml, [no.yml, vars/b.yml, c.yml]]`;
  const other = await playWith(names, { "vars/b.yml": "x: b\n", "c.yml": "x: c\n" });
  expect(other.play.varsFiles.map(({ file }) => file)).toEqual([
    join(folder, "a.yml"),
    join(other.folder, "vars/b.yml"),
  ]);
});

test("vars_files opens what Ansible Vault has encrypted, and takes it as it is", async () => {
  const [file = "", text = ""] = encryptedByAnsible([
    ["a password", null, "token: ${{ vars.a }}\n"],
    ["a password", null, "${{ vars.a }}"],
  ]);
  const keys = new Keys([{ vaultId: "default", password: secret(Buffer.from("a password")) }]);
  const value = text.trimEnd().replaceAll("\n", "\n  ");
  const files = {
    "a.yml": file,
    "b.yml": `one: !vault |\n  ${value}\ntwo: \${{ vars.a }}\n`,
  };
  const { play, folder } = await playWith("[a.yml, b.yml]", files, { keys });
  expect(valuesOf(play, folder)).toEqual({
    "a.yml": { token: secret("${{ vars.a }}") },
    "b.yml": { one: secret("${{ vars.a }}"), two: 1 },
  });
});

test("vars_files of a module names the play for a file that is missing, and the file for a mistake in it", async () => {
  const failing = playWith('["no.yml", "a.yml"]', { "a.yml": "- 1\n" }, { module: true });
  await expect(failing).rejects.toThrow(
    /site\.ts:1:1: vars_files\[0\]: Cannot read "[^"]*no\.yml": it does not exist[^]*a\.yml:1:1: A file of variables is a mapping, got a list/u,
  );
});
