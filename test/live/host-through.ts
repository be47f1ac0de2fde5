import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sshd } from "./sshd.ts";
import { hostOf } from "./workspace.ts";

/** What an inventory says of a host whose server is reached at another place: its keys are known there. */
export async function hostThrough(
  { address, port }: { readonly address: string; readonly port: number },
  { sshd, folder }: { readonly sshd: Sshd; readonly folder: string },
): Promise<Record<string, unknown>> {
  const lines = await readFile(sshd.knownHostsFile, "utf8");
  const knownHosts = join(folder, `known_hosts_${port}`);
  await writeFile(knownHosts, lines.replaceAll(`[${sshd.address}]:${sshd.port}`, `[${address}]:${port}`));
  return hostOf(sshd, { fusion_host: address, fusion_port: port, fusion_known_hosts_file: knownHosts });
}
