import { execFileSync } from "node:child_process";

/** What Ansible's documentation says about a keyword. */
interface Keyword {
  /** `Play`, `Role`, `Block`, `Task`; none for what was removed. */
  readonly applies_to: readonly string[];
}

/** Asks ansible-core for its keywords of playbooks. */
export function ansibleKeywords(): Readonly<Record<string, Keyword>> {
  const names = Object.keys(ansibleDoc("-t", "keyword", "--list") as Record<string, unknown>);
  return ansibleDoc("-t", "keyword", ...names) as Record<string, Keyword>;
}

/** Asks ansible-core for the short names of its own modules. */
export function ansibleModules(): readonly string[] {
  const modules = ansibleDoc("-t", "module", "--list", "ansible.builtin") as Record<string, unknown>;
  return Object.keys(modules).map((name) => name.replace(/^ansible\.builtin\./, ""));
}

function ansibleDoc(...args: readonly string[]): unknown {
  const output = execFileSync("ansible-doc", ["--json", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ANSIBLE_CONFIG: "" },
  });
  return JSON.parse(output);
}
