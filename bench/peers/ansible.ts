import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { countMistake, type Peer, sshConfig } from "./peer.ts";

/** Each step is a task: its module `command` with `true`. Pipelining and one connection for each host, which is kept. */
export const ansible: Peer = ansibleWith("Ansible", "ansible-playbook", "ansible-core", []);

/** The same with the strategy of Mitogen, which keeps a Python on each host. */
export const mitogen: Peer = {
  ...ansibleWith("Ansible with Mitogen", "ansible-playbook", "ansible-mitogen", [
    "strategy_plugins = /usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy",
    "strategy = mitogen_linear",
  ]),
  file: "/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy/mitogen_linear.py",
};

function ansibleWith(
  name: string,
  program: string,
  debianPackage: string,
  defaults: readonly string[],
): Peer {
  return {
    name,
    program,
    package: debianPackage,
    prepare({ fleet, steps, folder }) {
      const tasks = Array.from({ length: steps }, (_, index) => ({
        name: `Step ${index}`,
        "ansible.builtin.command": "true",
        changed_when: false,
      }));
      const site = join(folder, "site.yml");
      writeFileSync(site, JSON.stringify([{ name: "Steps", hosts: "all", gather_facts: false, tasks }]));
      const inventory = join(folder, "hosts.yml");
      const vars = { ansible_python_interpreter: "/usr/bin/python3" };
      const hosts = Object.fromEntries(fleet.hosts.map((host) => [host, {}]));
      writeFileSync(inventory, JSON.stringify({ all: { hosts, vars } }));
      writeFileSync(join(folder, "ssh_config"), sshConfig(fleet));
      const concurrency = fleet.hosts.length;
      const sshArgs = `-F ${join(folder, "ssh_config")} -o ControlMaster=auto -o ControlPersist=60s`;
      const config = join(folder, "ansible.cfg");
      writeFileSync(
        config,
        ["[defaults]", `forks = ${concurrency}`, `local_tmp = ${folder}/tmp`, ...defaults]
          .concat(["[ssh_connection]", "pipelining = True", `ssh_args = ${sshArgs}`])
          .concat([`control_path_dir = ${folder}/cp`])
          .join("\n"),
      );
      return {
        args: [program, "-i", inventory, site],
        env: { ANSIBLE_CONFIG: config, ANSIBLE_NOCOLOR: "1", HOME: folder },
        concurrency,
        mistakeIn: (output) => countMistake(output, /^ok: \[/gm, fleet.hosts.length * steps),
      };
    },
  };
}
