import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { countMistake, type Peer } from "./peer.ts";

/** Each step is an operation: `server.shell` with `true`, over the connection that each host has. */
export const pyinfra: Peer = {
  name: "pyinfra",
  program: "pyinfra",
  prepare({ fleet, steps, folder }) {
    const data = {
      ssh_hostname: fleet.address,
      ssh_port: fleet.port,
      ssh_user: fleet.user,
      ssh_key: fleet.keyFile,
      ssh_known_hosts_file: fleet.knownHostsFile,
      ssh_strict_host_key_checking: "yes",
    };
    const inventory = join(folder, "inventory.py");
    // What JSON writes of texts and numbers is Python, too.
    const quiet = '"ssh_allow_agent": False, "ssh_look_for_keys": False';
    writeFileSync(
      inventory,
      `hosts = (${JSON.stringify(fleet.hosts)}, {**${JSON.stringify(data)}, ${quiet}})\n`,
    );
    const deploy = join(folder, "deploy.py");
    const operation = 'server.shell(name=f"Step {step}", commands=["true"])';
    writeFileSync(
      deploy,
      `from pyinfra.operations import server\nfor step in range(${steps}):\n    ${operation}\n`,
    );
    const concurrency = fleet.hosts.length;
    return {
      args: ["pyinfra", inventory, deploy, "--yes", "--parallel", String(concurrency)],
      env: { HOME: folder },
      concurrency,
      mistakeIn: (output) => countMistake(output, /\] Success\b/g, fleet.hosts.length * steps),
    };
  },
};
