import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ANSIBLE_OPTIONS, withAnsibleOption } from "../../src/cli/ansible-options.ts";
import { runCommand } from "../../src/cli/run.ts";
import { StopSignals } from "../../src/cli/stop-signals.ts";
import { fusionPlay } from "./command-line.ts";

const run = runCommand({ stop: new StopSignals(), exit: () => {}, beginRun: () => {}, maskErrors: () => {} });
const own = run.options.flatMap(({ short, long }) => [short ?? "", long ?? ""]);
const foreign = ANSIBLE_OPTIONS.flatMap(([options]) => options);

/** Those that the help of `ansible-playbook` has. */
function optionsOfAnsible(): string[] {
  const help = execFileSync("ansible-playbook", ["--help"], { encoding: "utf8" });
  const lines = help.split("\n").filter((line) => /^ {2}-/.test(line));
  return lines.flatMap((line) =>
    [...line.matchAll(/(?<=^ {2}|, )--?[A-Za-z][a-z-]*/g)].map(([option]) => option),
  );
}

test("ANSIBLE_OPTIONS has every option of ansible-playbook that run has not, and none that it has", () => {
  const known = new Set([...own, ...foreign, "-h", "--help", "--version"]);
  const options = optionsOfAnsible();
  expect(options).toEqual(expect.arrayContaining(["-f", "--forks", "-l", "--vault-id"]));
  expect(options.filter((option) => !known.has(option))).toEqual([]);
  expect(foreign.filter((option) => own.includes(option))).toEqual([]);
});

test("docs/from-ansible.md has all of them", () => {
  const plain = readFileSync("docs/from-ansible.md", "utf8").replaceAll(/ +/g, " ");
  const rows = ANSIBLE_OPTIONS.map(
    ([options, instead]) => `| ${options.map((option) => `\`${option}\``).join(", ")} | ${instead} |`,
  );
  expect(rows.filter((row) => !plain.includes(row))).toEqual([]);
});

test.each([
  ["--list-tasks", "--list-tasks", "Use --list-steps, which shows tags as well"],
  ["--forks=20", "--forks=20", "Use -c or --concurrency, which is 50 by default"],
  ["-f20", "-f20", "Use -c or --concurrency, which is 50 by default"],
])("%s, an option of Ansible, is refused with what to do instead", async (option, unknown, instead) => {
  expect(await fusionPlay("site.yml", "-i", "hosts.yml", option)).toMatchObject({
    code: 3,
    stderr: `error: unknown option '${unknown}'\n(${instead})\n(see fusion-play --help)\n`,
  });
});

test("withAnsibleOption() leaves other messages as they are", () => {
  const message = "error: unknown option '--limt'\n(Did you mean --limit?)\n";
  expect(withAnsibleOption(message)).toBe(message);
});
