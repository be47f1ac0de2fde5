import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { openControlPort, type ControlPort } from "./control-port.ts";
import { startEmbeddedHost, type LabHost } from "./embedded-host.ts";
import { describeHosts, prepareClientKey, prepareFolder, prepareHost, removeFolder } from "./lab-folder.ts";
import { claimState, removeState, replaceState, type LabHostState, type LabState } from "./lab-state.ts";
import { labStatus } from "./lab-status.ts";
import { startSshdHost } from "./sshd-host.ts";

/** What a lab shall be like. */
export interface LabOptions {
  /** How many hosts: lab1, lab2, … */
  readonly hosts: number;
  /** The private folder of the lab. */
  readonly dir: string;
  /** OpenSSH's sshd instead of SSH servers inside the serving process. */
  readonly sshd: boolean;
  /** Base of the ports: lab1 gets the number after it. */
  readonly port: number;
}

/**
 * Serves a lab until the signal comes or somebody asks it to end, then removes every trace of it.
 *
 * @param onReady Called when all hosts can be reached.
 * @throws {FusionPlayError} `LAB_FAILED`
 */
export async function serveLab(
  options: LabOptions & { readonly signal: AbortSignal; readonly onReady: (state: LabState) => void },
): Promise<void> {
  const dir = resolve(options.dir);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const made = await prepareFolder(dir);
  const token = randomBytes(32).toString("base64url");
  const control = await openControlPort(token, (request) => {
    if (request === "stop") stop.abort();
  });
  const hosts: LabHost[] = [];
  let ready = false;
  let claimed = false;
  try {
    let state = emptyState(options, { control, token });
    await claim(dir, state);
    claimed = true;
    state = { ...state, hosts: await startHosts({ ...options, dir }, hosts) };
    await replaceState(dir, state);
    ready = true;
    options.onReady(state);
    if (!signal.aborted) await new Promise((done) => signal.addEventListener("abort", done, { once: true }));
  } finally {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
    // A lab that never came up leaves the folder as it was found, and one that is not ours alone.
    if (ready || (claimed && made)) await removeFolder(dir);
    else if (claimed) await removeState(dir);
    await control[Symbol.asyncDispose]();
  }
}

function emptyState(options: LabOptions, control: { control: ControlPort; token: string }): LabState {
  return {
    version: 1,
    pid: process.pid,
    controlPort: control.control.port,
    token: control.token,
    server: options.sshd ? "sshd" : "embedded",
    hosts: [],
  };
}

/** Makes the folder ours; what a crashed lab left is taken over. */
async function claim(dir: string, state: LabState): Promise<void> {
  if (await claimState(dir, state)) return;
  if ((await labStatus({ dir })).type === "stale") {
    await removeState(dir);
    if (await claimState(dir, state)) return;
  }
  throw new FusionPlayError(`Cannot bring up the lab: another one is up in "${dir}"`, {
    code: "LAB_FAILED",
    hint: "Take it down with `fusion-play lab down`, or choose another folder with `--dir`",
  });
}

/** Starts one host after the other; `started` has those that must be ended, also when a later one fails. */
async function startHosts(options: LabOptions, started: LabHost[]): Promise<LabHostState[]> {
  const { dir, sshd } = options;
  const clientKey = await prepareClientKey(dir);
  const described: (LabHostState & { publicKey: string })[] = [];
  for (let number = 1; number <= options.hosts; number += 1) {
    const name = `lab${number}`;
    const port = options.port + number;
    const { folder, home, key } = await prepareHost(dir, name);
    const hostOptions = { port, home, folder, hostKey: key.privateKey, authorizedKey: clientKey.publicKey };
    started.push(await (sshd ? startSshdHost(hostOptions) : startEmbeddedHost(hostOptions)));
    described.push({ name, port, home, publicKey: key.publicKey });
  }
  await describeHosts(dir, described);
  return described.map(({ name, port, home }) => ({ name, port, home }));
}
