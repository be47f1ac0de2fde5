import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What Ansible makes of an inventory. */
export interface AnsibleInventory {
  readonly hosts: readonly { name: string; groups: readonly string[]; vars: Record<string, unknown> }[];
  readonly groups: readonly { name: string; children: readonly string[]; hosts: readonly string[] }[];
  /** Whether Ansible's order of hosts is the same in every process. */
  readonly ordered: boolean;
  readonly selected: Readonly<Record<string, readonly string[]>>;
}

const fixtures = join(import.meta.dirname, "../fixtures/inventory");

/** Asks ansible-core about inventories and host patterns: one process for all, as each takes a second. */
export function askAnsible(inventories: readonly string[]): Readonly<Record<string, AnsibleInventory>> {
  const output = execFileSync(
    ansiblePython(),
    [join(fixtures, "oracle.py"), join(fixtures, "patterns.txt"), ...inventories],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ANSIBLE_CONFIG: "" } },
  );
  return JSON.parse(output) as Record<string, AnsibleInventory>;
}

/** The Python that ansible-core is installed for: the one that runs its programs. */
function ansiblePython(): string {
  const program = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "ansible-inventory"))
    .find((path) => existsSync(path));
  if (program === undefined) throw new Error("Cannot find ansible-inventory: install ansible-core");
  const python = /^#!\s*(\S+)/u.exec(readFileSync(program, "utf8"))?.[1];
  if (python === undefined) throw new Error(`Cannot tell which Python runs ${program}`);
  return python;
}
