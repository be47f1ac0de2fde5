import { labUser } from "./command-environment.ts";
import type { LabHostState } from "./lab-state.ts";
import { loopback } from "./loopback.ts";

/** Writes the inventory of a lab: one group `lab`. Relative paths are looked up beside the file. */
export function labInventory(hosts: readonly LabHostState[]): string {
  const lines = hosts.map(({ name, port }) => `    ${name}: { fusion_port: ${port} }\n`);
  return `lab:
  vars:
    fusion_host: ${loopback}
    fusion_user: ${JSON.stringify(labUser())}
    fusion_private_key_file: id_ed25519
    fusion_known_hosts_file: known_hosts
  hosts:
${lines.join("")}`;
}
