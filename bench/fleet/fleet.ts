import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateKeyPair } from "../../src/lab/key-pair.ts";
import type { FromHosts, FromParent } from "./host-process.ts";

/** Simulated hosts in processes of their own, and the files that lead to them. */
export interface Fleet extends AsyncDisposable {
  readonly inventoryFile: string;
  readonly hosts: readonly FleetHost[];
  readonly keyFile: string;
  /** What happened at all hosts so far. */
  counts(): Promise<FromHosts>;
  /** Lets calls of `fleet:held/0` return, also those to come. */
  release(): void;
}

export interface FleetHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface FleetOptions {
  readonly hosts: number;
  /** Processes that they are divided among. */
  readonly processes: number;
  /** Gets the inventory, the key and the known hosts. */
  readonly folder: string;
}

/** Starts hosts. Each has an address of its own in 127.0.0.0/8, and a line in the file of known hosts. */
export async function startFleet({ hosts: count, processes, folder }: FleetOptions): Promise<Fleet> {
  const hostKey = generateKeyPair();
  const userKey = generateKeyPair();
  const keyFile = join(folder, "id_ed25519");
  const inventoryFile = join(folder, "hosts.json");
  writeFileSync(keyFile, userKey.privateKey, { mode: 0o600 });
  const children = Array.from({ length: processes }, () =>
    fork(
      fileURLToPath(new URL("host-process.js", import.meta.url)),
      [Buffer.from(hostKey.privateKey).toString("base64")],
      { stdio: ["ignore", "inherit", "inherit", "ipc"] },
    ),
  );
  const ports = await Promise.all(
    children.map(async (child) => ((await once(child, "message")) as [number])[0]),
  );
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `host${String(index + 1).padStart(5, "0")}`,
    address: `127.1.${index >> 8}.${index & 255}`,
    port: ports[index % processes] ?? 0,
  }));
  const known = hosts.map(({ address, port }) => `[${address}]:${port} ${hostKey.publicKey}\n`);
  writeFileSync(join(folder, "known_hosts"), known.join(""));
  writeFileSync(inventoryFile, JSON.stringify(inventoryOf(hosts, { folder, keyFile })));
  const say = (message: FromParent): void => {
    for (const child of children) child.send(message);
  };
  return {
    inventoryFile,
    hosts,
    keyFile,
    async counts() {
      const answers = children.map(async (child) => ((await once(child, "message")) as [FromHosts])[0]);
      say("counts");
      return (await Promise.all(answers)).reduce(sumOf);
    },
    release: () => say("release"),
    [Symbol.asyncDispose]: async () => void (await Promise.all(children.map(end))),
  };
}

function inventoryOf(
  hosts: readonly FleetHost[],
  { folder, keyFile }: { folder: string; keyFile: string },
): unknown {
  return {
    all: {
      hosts: Object.fromEntries(
        hosts.map(({ name, address, port }) => [name, { fusion_host: address, fusion_port: port }]),
      ),
      vars: {
        fusion_user: userInfo().username,
        fusion_private_key_file: keyFile,
        fusion_known_hosts_file: join(folder, "known_hosts"),
      },
    },
  };
}

function sumOf(one: FromHosts, other: FromHosts): FromHosts {
  const { unknown, ...counts } = one;
  const sums = Object.entries(counts).map(([key, count]) => [key, count + other[key as keyof typeof counts]]);
  return { ...(Object.fromEntries(sums) as typeof counts), unknown: [...unknown, ...other.unknown] };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
}
