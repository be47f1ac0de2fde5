import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What Ansible is asked about one inventory. */
export interface AnsibleQuestion {
  readonly name: string;
  /** Absolute paths, or lists of hosts. */
  readonly sources: readonly string[];
  readonly patterns: readonly string[];
  readonly playbook_dir?: string;
  readonly passwords?: readonly (readonly [id: string, password: string])[];
}

/** What Ansible makes of an inventory. */
export interface AnsibleAnswer {
  /** What `ansible-inventory` prints with `--list`, with `--list --export` and with `--graph`. */
  readonly list: string;
  readonly export: string;
  readonly graph: string;
  /** What it prints with `--host`, of the first hosts. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The groups of each host. */
  readonly memberships: Readonly<Record<string, readonly string[]>>;
  /** The hosts of each group and of those below it. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  /** Whether Ansible's order of members is the same in every process. */
  readonly ordered: boolean;
  /** The hosts that each pattern selects; null where Ansible refuses it. */
  readonly selected: Readonly<Record<string, readonly string[] | null>>;
}

const fixtures = join(import.meta.dirname, "../fixtures/inventory");

/** Asks ansible-core about inventories and host patterns: one process for all, as each takes a second. */
export function askAnsible(questions: readonly AnsibleQuestion[]): Readonly<Record<string, AnsibleAnswer>> {
  return askPython("oracle.py", questions) as Record<string, AnsibleAnswer>;
}

/** Runs one of the Python programs of the fixtures, with JSON in and out. */
export function askPython(program: string, question: unknown): unknown {
  const output = execFileSync(ansiblePython(), [join(fixtures, program)], {
    input: JSON.stringify(question),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, ANSIBLE_CONFIG: "" },
  });
  return JSON.parse(output);
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
