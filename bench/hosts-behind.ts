import type { Sshd } from "../test/live/sshd.ts";

/** An inventory of so many hosts, all of them behind one server. */
export function hostsBehind(
  { address, port, user, userKeyFile, knownHostsFile }: Sshd,
  count: number,
): unknown {
  const names = Array.from({ length: count }, (_, index) => [
    `host${String(index + 1).padStart(3, "0")}`,
    {},
  ]);
  return {
    all: {
      hosts: Object.fromEntries(names),
      vars: {
        fusion_host: address,
        fusion_port: port,
        fusion_user: user,
        fusion_private_key_file: userKeyFile,
        fusion_known_hosts_file: knownHostsFile,
      },
    },
  };
}
