import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { makeFolder } from "../folders/make-folder.ts";
import { generateKeyPair, keyPairOf, type KeyPair } from "./key-pair.ts";
import type { LabHostState } from "./lab-state.ts";
import { labInventory } from "./lab-inventory.ts";
import { loopback } from "./loopback.ts";

/** What says that a folder is that of a lab: others may hold files with the names of its files. */
const MARK = ".lab";
/** Everything a lab ever puts into its folder. */
const ownEntries = /^(\.lab|state\.json(\.\d+)?|id_ed25519(\.pub)?|known_hosts|hosts\.yml|serve\.log|hosts)$/;

/**
 * Makes the private folder of a lab, or takes over the one that an earlier lab left.
 *
 * @returns whether it was made
 * @throws {FusionPlayError} `LAB_FAILED` if it holds anything but a lab: it is removed as a whole one day
 */
export async function prepareFolder(dir: string): Promise<boolean> {
  try {
    const made = makeFolder(dir, 0o700) !== undefined;
    const entries = await readdir(dir);
    const isOwn = entries.length === 0 || entries.includes(MARK);
    const foreign = entries.find((entry) => !isOwn || !ownEntries.test(entry));
    if (foreign !== undefined) throw new Error(`it holds '${foreign}', which no lab has put there`);
    await writeFile(join(dir, MARK), "");
    await chmod(dir, 0o700);
    return made;
  } catch (error) {
    throw new FusionPlayError(`Cannot use "${dir}" as the folder of the lab: ${(error as Error).message}`, {
      code: "LAB_FAILED",
      hint: "Choose another folder with `--dir`",
      cause: error,
    });
  }
}

/** Removes the folder of a lab and everything in it. */
export async function removeFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}

/** Files of one host of the lab. */
export interface HostFolder {
  readonly folder: string;
  readonly home: string;
  readonly key: KeyPair;
}

/** Makes the folders and the key of a host; what an earlier lab left stays. */
export async function prepareHost(dir: string, name: string): Promise<HostFolder> {
  const folder = join(dir, "hosts", name);
  const home = join(folder, "home");
  makeFolder(home, 0o700);
  return { folder, home, key: await ownKey(join(folder, "ssh_host_ed25519_key")) };
}

/** Makes the key that opens all hosts of the lab, or reads the one an earlier lab left. */
export async function prepareClientKey(dir: string): Promise<KeyPair> {
  const key = await ownKey(join(dir, "id_ed25519"));
  await writeFile(join(dir, "id_ed25519.pub"), `${key.publicKey}\n`);
  return key;
}

/** Writes what a client needs to know of the hosts: their keys, and an inventory. */
export async function describeHosts(
  dir: string,
  hosts: readonly (LabHostState & { readonly publicKey: string })[],
): Promise<void> {
  const knownHosts = hosts.map(({ port, publicKey }) => `[${loopback}]:${port} ${publicKey}\n`);
  await writeFile(join(dir, "known_hosts"), knownHosts.join(""));
  await writeFile(join(dir, "hosts.yml"), labInventory(hosts));
}

async function ownKey(file: string): Promise<KeyPair> {
  try {
    return keyPairOf(await readFile(file, "utf8"));
  } catch {
    // Not there yet, or half written when a lab crashed.
  }
  const key = generateKeyPair();
  await writeFile(file, key.privateKey, { mode: 0o600 });
  await chmod(file, 0o600);
  return key;
}
