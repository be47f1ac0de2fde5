import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, test } from "vitest";
import { variablesSchema } from "../../src/report/variables-schema.ts";
import type { VariablesReport } from "../../src/report/variables-report.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { encryptedByAnsible } from "../secrets/encrypted-by-ansible.ts";
import { fusionPlay, type Outcome } from "./command-line.ts";

const folder = temporaryFolder();
const isVariables = new Ajv2020({ strict: true, allErrors: true }).compile(variablesSchema);

beforeAll(() => {
  const [locked = "", value = ""] = encryptedByAnsible([
    ["a password", null, "key: deep secret\nlimit: 12\n"],
    ["a password", null, "hidden value"],
  ]);
  const files = {
    pw: "a password\n",
    "hosts.yml": `
all:
  vars: { zone: north, port: 1 }
  children:
    web:
      hosts:
        web1:
          port: 80
          locked: !vault |
            ${value.trimEnd().replaceAll("\n", "\n            ")}
        web2: {}
      vars: { port: 2, list: [1, a: null], big: 123456789012345678901, atom: !atom ok }
`,
    "hosts.ini": "[web]\nweb1 rack=7\nweb3:2222\n\n[web:vars]\nzone=south\n",
    "group_vars/web/a.yml": "# first\nport: 3\nfrom_file: yes\n",
    "group_vars/web/b.yml": locked,
    "host_vars/web1.json": '{\n "color": "red",\n "my_password": "visible?"\n}',
    "other/program.sh":
      '#!/bin/sh\n[ $1 = --host ] && exit\necho \'{"web": {"hosts": ["web1"], "vars": {"from": "program"}}}\'\n',
    "other/module.ts":
      'const vars = { from: "module" };\nexport default { web: { hosts: ["web1"], vars } };\n',
    "vars/common.yml": "port: ${{ 8000 + 81 }}\nlate: ${{ vars.nowhere }}\n",
    "extra.yml": "# comment\nzone: extra\n",
    "site.yml": `
- name: Fleet
  hosts: web
  vars: { port: 8080, uses_file: "\${{ vars.port }}!" }
  vars_files: vars/common.yml
  vars_prompt: [{ name: token }, { name: release, default: "1.0", private: false }]
  steps:
    - name: Try
      run: m:f()
      vars: { port: 9000, aside: "\${{ result }}" }
- { name: Elsewhere, hosts: web2, vars: { port: 1 }, steps: [] }
- { name: Again, hosts: all, steps: [] }
`,
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  chmodSync(join(folder, "other/program.sh"), 0o755);
});

const at = (name: string): string => join(folder, name);

async function vars(...args: readonly string[]): Promise<Outcome> {
  const outcome = await fusionPlay("vars", ...args, "--vault-password-file", at("pw"));
  return { ...outcome, stdout: outcome.stdout.replaceAll(`${folder}/`, "") };
}

const INVENTORY = (): string[] => ["-i", at("hosts.yml"), "-i", at("hosts.ini")];

describe("fusion-play vars", () => {
  test("shows each variable with what gives it, and nothing that was encrypted", async () => {
    expect(await vars("web1", ...INVENTORY())).toEqual({
      code: 0,
      stderr: "",
      stdout: [
        'atom = "ok"  (group web, hosts.yml:17)',
        'big = "123456789012345678901"  (group web, hosts.yml:17)',
        'color = "red"  (host web1, host_vars/web1.json:2)',
        "from_file = true  (group web, group_vars/web/a.yml:3)",
        "key = ********  (group web, group_vars/web/b.yml:1)",
        "limit = ********  (group web, group_vars/web/b.yml:2)",
        'list = [1,{"a":null}]  (group web, hosts.yml:17)',
        "locked = ********  (host web1, hosts.yml:9)",
        "my_password = ********  (host web1, host_vars/web1.json:3)",
        "port = 80  (host web1, hosts.yml:8)",
        "rack = 7  (host web1, hosts.ini:2)",
        'zone = "south"  (group web, hosts.ini:6)',
        "",
      ].join("\n"),
    });
  });

  test("--explain shows all that give a variable in plays, the winner first", async () => {
    const { code, stdout } = await vars("web1", at("site.yml"), ...INVENTORY(), "--explain", "port");
    expect([code, stdout.split("\n")]).toEqual([
      0,
      [
        "Play Fleet:",
        "  port = 8081  (vars_files, vars/common.yml:1)",
        "       over 8080  (vars, site.yml:4)",
        "       over 80  (host web1, hosts.yml:8)",
        "       over 3  (group web, group_vars/web/a.yml:2)",
        "       over 2  (group web, hosts.yml:17)",
        "       over 1  (group all, hosts.yml:3)",
        "  port = 9000  (step Try, site.yml:10, in this step alone)",
        "",
        "Play Again:",
        "  port = 80  (host web1, hosts.yml:8)",
        "       over 3  (group web, group_vars/web/a.yml:2)",
        "       over 2  (group web, hosts.yml:17)",
        "       over 1  (group all, hosts.yml:3)",
        "",
      ],
    ]);
  });

  test("--json writes what the schema describes, and says what is secret or known only in the run", async () => {
    const extra = ["-e", `@${at("extra.yml")}`, "-e", "release=2", "--json"];
    const { stdout } = await vars("web1", at("site.yml"), ...INVENTORY(), ...extra);
    const report = JSON.parse(stdout) as VariablesReport;
    expect([isVariables(report), isVariables.errors]).toEqual([true, null]);
    const [play] = report.plays;
    const winner = (name: string): unknown => play?.variables.find((each) => each.name === name)?.given[0];
    expect(winner("zone")).toEqual({
      level: "extra",
      by: null,
      state: "known",
      value: "extra",
      file: "extra.yml",
      line: 2,
    });
    expect(winner("release")).toMatchObject({ level: "extra", value: 2, file: "--extra-vars", line: null });
    expect(winner("token")).toMatchObject({ by: "vars_prompt", state: "secret", value: null, line: 6 });
    expect(winner("late")).toMatchObject({ by: "vars_files", state: "unknown", value: null, line: 2 });
    expect(winner("uses_file")).toMatchObject({ by: "vars", value: "8081!" });
    expect(winner("aside")).toMatchObject({ level: "step", by: "Try", value: null });
  });

  test("names the file alone of what programs and modules give, and -i of a list", async () => {
    expect((await vars("web1", "-i", at("other/program.sh"))).stdout).toBe(
      'from = "program"  (group web, other/program.sh --list)\n',
    );
    expect((await vars("web1", "-i", at("other/module.ts"), "--explain", "from")).stdout).toBe(
      'from = "module"  (group web, other/module.ts)\n',
    );
    expect((await vars("x:2222", "-i", "x:2222,")).code).toBe(8);
    expect((await vars("x", "-i", "x:2222,")).stdout).toBe("ansible_port = 2222  (host x, -i)\n");
  });

  test("refuses what is not there, and suggests what was meant", async () => {
    const explained = await vars("web1", ...INVENTORY(), "--explain", "prot");
    expect([explained.code, explained.stderr]).toEqual([
      3,
      'error USAGE: Cannot explain "prot": nothing gives the host this variable\n  Did you mean "port"?\n',
    ]);
    expect(await vars("wbe1", ...INVENTORY())).toMatchObject({
      code: 8,
      stderr: expect.stringContaining('Did you mean "web1"?') as string,
    });
    expect(await vars("web", ...INVENTORY())).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("3 hosts match") as string,
    });
    expect(await vars("w9", at("site.yml"), "-i", "w9,")).toMatchObject({ code: 0 });
    writeFileSync(at("web.yml"), "hosts: web\nsteps: []\n");
    expect(await vars("w9", at("web.yml"), "-i", "w9,")).toMatchObject({
      code: 8,
      stderr: expect.stringContaining('no play has the host "w9"') as string,
    });
    expect((await vars("web1")).stderr).toContain("Name one with -i");
  });
});
