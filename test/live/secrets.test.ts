import { execFileSync } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { typedTo } from "../cli/typed.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import {
  environment,
  hostOf,
  hostReport,
  openWorkspace,
  outputOf,
  PROGRAM,
  type Played,
  type Workspace,
} from "./workspace.ts";

// Each test starts the program several times, on machines of any speed.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** What is encrypted, each in another way; none of it may be shown anywhere. */
const SECRETS = {
  vaultValue: "value-of-vault",
  vaultFile: 'file "of" vault\\',
  vaultFileInPlay: "vars-file-of-vault",
  ageFile: "Schlüssel-of-age",
  ageInventory: "inventory-of-age",
  extra: "extra-of-age",
  number: 48151623,
  typed: "typed in private",
};
const KEYS = ["--vault-password-file", "pw", "--age-identity", "identity"];

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({});
  const { folder } = workspace;
  const at = (name: string): string => join(folder, name);
  await workspace.write({ pw: "a password\n" });
  const vault = (...args: string[]): string =>
    execFileSync("ansible-vault", [...args, "--vault-password-file", at("pw")], {
      encoding: "utf8",
      env: { ...process.env, ANSIBLE_CONFIG: "" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  execFileSync("age-keygen", ["-o", at("identity")], { stdio: "ignore" });
  const recipient = execFileSync("age-keygen", ["-y", at("identity")], { encoding: "utf8" }).trim();
  const encryptByAge = async (name: string, text: string): Promise<void> =>
    writeFile(at(name), execFileSync("age", ["-r", recipient], { input: text }));

  const value = vault("encrypt_string", SECRETS.vaultValue).trim().replaceAll(/\n */gu, "\n        ");
  await workspace.write({
    "hosts.yml": `web:\n  hosts:\n    vault1:\n      ${Object.entries(hostOf(sshd))
      .map(([name, data]) => `${name}: ${JSON.stringify(data)}`)
      .join("\n      ")}\n      of_value: ${value}\n`,
    "group_vars/web.yml": `of_file: ${JSON.stringify(SECRETS.vaultFile)}\nof_number: ${SECRETS.number}\n`,
    "vars/locked.yml": `of_vars_file: ${SECRETS.vaultFileInPlay}\n`,
    "program.sh": `#!/bin/sh\necho '${JSON.stringify({ of_programs: { hosts: ["program1"] }, _meta: { hostvars: { program1: hostOf(sshd) } } })}'\n`,
    "module.ts": `export default async () => ({ of_modules: { hosts: { module1: ${JSON.stringify(hostOf(sshd))} } } });\n`,
    "site.yml": PLAYS,
    "asking.yml": ASKING,
  });
  await chmod(at("program.sh"), 0o755);
  for (const name of ["group_vars/web.yml", "vars/locked.yml"]) vault("encrypt", at(name));
  await workspace.write({ "host_vars/.keep": "" });
  await encryptByAge("host_vars/vault1.yml.age", `of_age: ${SECRETS.ageFile}\n`);
  await encryptByAge("extra.yml.age", `of_extra: ${SECRETS.extra}\n`);
  await encryptByAge(
    "age.yml.age",
    `of_ages: { hosts: { age1: ${JSON.stringify({ ...hostOf(sshd), of_inventory: SECRETS.ageInventory })} } }\n`,
  );
  played = await workspace.play("site.yml", ...INVENTORIES, ...KEYS, "-e", "@extra.yml.age");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

const INVENTORIES = ["program.sh", "module.ts", "age.yml.age"].flatMap((source) => ["-i", source]);

const PLAYS = `
- hosts: web
  vars_files: vars/locked.yml
  vars: { all: ["\${{ vars.of_value }}", "\${{ vars.of_file }}", "\${{ vars.of_vars_file }}", "\${{ vars.of_age }}", "\${{ vars.of_extra }}", "\${{ vars.of_number }}"] }
  steps:
    - name: Sizes
      run: lists:map(\${{ vars.all }}, \${{ vars.all }})
      ignore_errors: true
    - name: The host gets them
      eval:
        erlang: "[case is_binary(X) of true -> byte_size(X); false -> X - 1 end || X <- All]"
        bindings: { All: "\${{ vars.all }}" }
      register: sizes
    - name: Forms
      eval:
        erlang: |
          Text = unicode:characters_to_list(hd(All)),
          #{binary => All, charlist => Text, bytes => binary_to_list(hd(All)), atom => list_to_atom(Text),
            tuple => {ok, [Text | All]}, hd(All) => 1, inside => <<"<", (hd(All))/binary, ">">>}
        bindings: { All: "\${{ vars.all }}" }
      register: forms
    - name: Prints
      eval:
        erlang: |
          [begin
             {One, Two} = lists:split(4, unicode:characters_to_list(X)),
             io:put_chars(One), io:put_chars(Two ++ "\\n"),
             io:format("~p ~ts ~p~n", [X, X, {error, unicode:characters_to_list(X)}])
           end || X <- All, is_binary(X)],
          io:put_chars(lists:sublist(unicode:characters_to_list(hd(All)), 5))
        bindings: { All: "\${{ vars.all }}" }
    - name: Fails
      eval:
        erlang: "error({failed, All, unicode:characters_to_list(hd(All))})"
        bindings: { All: "\${{ vars.all }}" }
      ignore_errors: true
    - name: Does not hold
      assert:
        value: \${{ forms }}
        equals: \${{ vars.all }}
        message: "got \${{ vars.of_value }} and \${{ vars.of_file }}"
      ignore_errors: true
    - name: Stays itself here
      assert: ["forms.charlist == vars.of_value", "sizes[5] == vars.of_number - 1"]
- hosts: of_programs,of_modules,of_ages
  steps:
    - { name: Says who it is, run: "io:format(\\"~ts~n\\", [\${{ has(vars.of_inventory) ? vars.of_inventory : host.name }}])" }
`;

const ASKING = `
- hosts: vault1
  vars_prompt: [{ name: token }]
  steps:
    - name: Tells
      eval: { erlang: "io:format(\\"~ts and ~p~n\\", [Token, Token]), Token", bindings: { Token: "\${{ vars.token }}" } }
`;

/** Secrets that stand in a text, in any of the forms in which they would be printed. */
function foundIn(text: string): string[] {
  const forms = Object.values(SECRETS).flatMap((secret) => {
    const bytes = [...Buffer.from(String(secret))].join(",");
    return [String(secret), JSON.stringify(secret).replaceAll(/^"|"$/gu, ""), bytes];
  });
  return forms.filter((form) => text.includes(form) || text.replaceAll(/\s/gu, "").includes(form));
}

describe("what Ansible Vault and age have encrypted", () => {
  test("reaches the hosts as it is, in every way that it may be given", () => {
    expect(played.stderr).toBe("");
    const { steps } = hostReport(played, "vault1");
    expect(steps.map(({ name, status }) => [name, status])).toEqual([
      ["Sizes", "ignored"],
      ["The host gets them", "ok"],
      ["Forms", "ok"],
      ["Prints", "ok"],
      ["Fails", "ignored"],
      ["Does not hold", "ignored"],
      ["Stays itself here", "ok"],
    ]);
    const texts = [
      SECRETS.vaultValue,
      SECRETS.vaultFile,
      SECRETS.vaultFileInPlay,
      SECRETS.ageFile,
      SECRETS.extra,
    ];
    expect(steps[1]?.result).toEqual([...texts.map((text) => Buffer.byteLength(text)), SECRETS.number - 1]);
  });

  test("stands in no event and in no report", async () => {
    expect(foundIn(played.stdout)).toEqual([]);
    expect(foundIn(JSON.stringify(played.report))).toEqual([]);
    const { steps } = hostReport(played, "vault1");
    expect(steps[2]?.result).toEqual({
      binary: Array.from({ length: 6 }, () => "********"),
      charlist: "********",
      bytes: "********",
      atom: "********",
      tuple: ["ok", ["********", ...Array.from({ length: 6 }, () => "********")]],
      "********": 1,
      inside: "<********>",
    });
    expect(steps[4]?.error?.reason).toContain("********");
    expect(steps[5]?.error?.message).toBe("got ******** and ********");
    // Five characters of the first one are no secret yet.
    const printed = outputOf(played, "vault1", "Prints");
    expect(printed).toMatch(/^\*{8}\n.*\n\*{8}\n/u);
    expect(printed.endsWith(SECRETS.vaultValue.slice(0, 5))).toBe(true);
  });

  test("stands in no lines, no dry run, and no list of variables", async () => {
    const options = ["-i", "hosts.yml", ...INVENTORIES, ...KEYS, "-e", "@extra.yml.age"];
    const runs = [
      ["site.yml", ...options, "--output", "lines", "-vv"],
      ["site.yml", ...options, "--dry-run", "-vv"],
      ["site.yml", ...options, "--dry-run", "--output", "ndjson"],
      ["vars", "vault1", "site.yml", ...options],
      ["vars", "vault1", "site.yml", ...options, "--json"],
      ["call", "vault1", "io:format(${{ vars.of_value }})", ...options],
    ];
    for (const args of runs) {
      const { stdout, stderr, exitCode } = await workspace.run(...args);
      expect([args[0], foundIn(stdout + stderr)]).toEqual([args[0], []]);
      expect(exitCode).toBe(args[0] === "call" ? 3 : 0);
    }
  });

  test("reaches hosts of programs, modules and inventories that age has encrypted", () => {
    expect(outputOf(played, "program1", "Says who it is")).toBe("program1\n");
    expect(outputOf(played, "module1", "Says who it is")).toBe("module1\n");
    expect(outputOf(played, "age1", "Says who it is")).toBe("********\n");
    expect(played.exitCode).toBe(0);
  });
});

describe("what is typed in private", () => {
  test("stands in no output and no report", async () => {
    const report = join(workspace.folder, "asking.json");
    const options = ["-i", "hosts.yml", ...KEYS, "--output", "lines", "-vv", "--report", `json=${report}`];
    const { shown, exitCode } = await typedTo(
      [PROGRAM, "asking.yml", ...options],
      [["token: ", `${SECRETS.typed}\r`]],
      { cwd: workspace.folder, env: environment(workspace) },
    );
    expect([exitCode, foundIn(shown)]).toEqual([0, []]);
    expect(shown).toContain('******** and <<"********">>');
    expect(foundIn(await readFile(report, "utf8"))).toEqual([]);
  });

  test("is hidden as well, when the command line gives it", async () => {
    const given = ["-e", `token='${SECRETS.typed}'`, ...KEYS];
    const other = await workspace.play("asking.yml", ...given);
    expect([other.exitCode, foundIn(other.stdout), foundIn(JSON.stringify(other.report))]).toEqual([
      0,
      [],
      [],
    ]);
  });
});
