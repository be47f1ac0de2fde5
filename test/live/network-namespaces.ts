import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A network of its own, with nothing in it but a loopback interface. For root on Linux. */
export interface Network extends AsyncDisposable {
  /** Process that holds it open. */
  readonly pid: number;
  /** What runs a command in it. */
  readonly launcher: readonly string[];
}

/** A cable between two networks, on which packets get lost without a word to either end. */
export interface Link {
  /** Address of the far end; sshd listens there. */
  readonly address: string;
  /** From now on nothing gets through, in either direction. */
  cut(): Promise<void>;
  /** Repairs what `cut` has done. */
  repair(): Promise<void>;
  /** From now on nothing gets to the far end. */
  loseWhatGoesThere(): Promise<void>;
  /** From now on nothing comes from the far end. */
  loseWhatComesBack(): Promise<void>;
}

/** An Ethernet address that no interface has: who receives a frame for it drops it. */
const NOBODY = "02:00:00:00:00:01";

/** Makes a network. It is gone when nothing runs in it, at the latest with the process that has made it. */
export async function openNetwork(): Promise<Network> {
  // It ends with its standard input, so also when the tests are killed.
  const holder = spawn("unshare", ["--net", "sh", "-c", "ip link set lo up && echo up && exec cat"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exited = once(holder, "exit");
  let complaint = "";
  holder.stderr.setEncoding("utf8").on("data", (text: string) => void (complaint += text));
  const isUp = await Promise.race([
    once(holder.stdout, "data").then(() => true),
    once(holder, "close").then(() => false),
  ]);
  if (!isUp) throw new Error(`Cannot make a network namespace: ${complaint}`);
  const pid = holder.pid as number;
  return {
    pid,
    launcher: ["nsenter", `--net=/proc/${pid}/ns/net`, "--"],
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await exited;
    },
  };
}

/** Joins two networks; `index` tells the links of the near one apart, and is part of the address. */
export async function joinNetworks(near: Network, far: Network, index: number): Promise<Link> {
  const [nearAddress, address] = [`10.0.${index}.1`, `10.0.${index}.2`];
  const [nearName, farName] = [`far${index}`, "near"];
  const nearIp = ipIn(near);
  const farIp = ipIn(far);
  await nearIp("link", "add", nearName, "type", "veth", "peer", "name", farName, "netns", String(far.pid));
  await nearIp("address", "add", `${nearAddress}/24`, "dev", nearName);
  await farIp("address", "add", `${address}/24`, "dev", farName);
  await nearIp("link", "set", nearName, "up");
  await farIp("link", "set", farName, "up");
  const lose = (ip: Ip, to: string, name: string): Promise<void> =>
    ip("neighbour", "replace", to, "lladdr", NOBODY, "dev", name, "nud", "permanent");
  return {
    address,
    cut: () => farIp("link", "set", farName, "down"),
    repair: () => farIp("link", "set", farName, "up"),
    loseWhatGoesThere: () => lose(nearIp, address, nearName),
    loseWhatComesBack: () => lose(farIp, nearAddress, farName),
  };
}

type Ip = (...args: string[]) => Promise<void>;

/** The command `ip`, in a network. */
function ipIn({ launcher: [program = "", ...before] }: Network): Ip {
  return async (...args) => void (await run(program, [...before, "ip", ...args]));
}
