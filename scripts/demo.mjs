// Brings up a lab of five hosts, runs the example playbook on it, and takes the lab down again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { labStatus } from "../dist/lab/lab-status.js";

const cli = "dist/cli/main.js";
let child;
let stoppedBy;

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
process.stdout.on("error", () => {}); // a terminal that was closed takes no more text, and the lab must go down
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stoppedBy = signal;
    // A terminal sends SIGINT to the child as well; a second one would cut its own cleaning up short.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child?.kill(signal);
  });
}

// A lab that is up already is somebody's: it is used, and stays.
const { type } = await labStatus({ dir: ".fusion-lab" });
const ownLab = type !== "up";
let code = ownLab ? await fusionPlay("lab", "up", "--hosts", "5") : 0;
try {
  if (code === 0 && stoppedBy === undefined) {
    code = await fusionPlay("playbooks/site.yml", "-i", "inventory/hosts.yml");
  }
} finally {
  if (ownLab) code = (await fusionPlay("lab", "down")) || code;
}
process.exitCode = stoppedBy === undefined ? code : 128 + constants.signals[stoppedBy];

/** Runs fusion-play with this terminal, and resolves with its exit code. */
async function fusionPlay(...args) {
  console.log(`$ fusion-play ${args.join(" ")}`);
  child = spawn(process.execPath, [cli, ...args], { stdio: "inherit" });
  const [exitCode, signal] = await once(child, "exit");
  child = undefined;
  return exitCode ?? 128 + constants.signals[signal];
}
