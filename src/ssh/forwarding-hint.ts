/** What lets a server forward TCP, both ways. */
export const FORWARDING_HINT =
  "Allow it on the host: AllowTcpForwarding yes and no DisableForwarding in sshd_config, no restrict or no-port-forwarding in authorized_keys";
