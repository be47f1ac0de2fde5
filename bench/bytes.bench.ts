// Compares a result of 100 MB with what ssh2 itself carries from the same host, in turns, each in a process of its own.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startSshd } from "../test/live/sshd.ts";
import type { Carriage, Carried } from "./bytes-carrier.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { quantile } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = Number(process.env["BYTES_ROUNDS"] ?? 7);
const BYTES = 100_000_000;
const LIMIT_MS = 300_000;
const WAYS = ["channel", "forward", "kept", "call", "step"] as const;
const WHAT: Readonly<Record<Carriage["way"], string>> = {
  channel: "ssh2, what a command prints",
  forward: "ssh2, from a port of the host",
  kept: "the same, kept in one buffer",
  call: "a result of a call",
  step: "a result of a step, through run()",
};

const folder = temporaryFolder();
const content = randomBytes(BYTES);
const file = join(folder, "content");
writeFileSync(file, content);
await using sshd = await startSshd();
const inventory = join(folder, "hosts.json");
writeFileSync(inventory, JSON.stringify(hostsBehind(sshd, 1)));
const made = `persistent_term:put(1, crypto:strong_rand_bytes(${BYTES}))`;
const playbook = join(folder, "play.yml");
writeFileSync(
  playbook,
  `- hosts: all
  steps:
    - name: Content
      eval: { erlang: "${made}" }
    - { name: Result, run: "persistent_term:get(1)", timeout: 2m }
`,
);
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.end(content);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as { port: number };

const carried: Record<Carriage["way"], Carried[]> = {
  channel: [],
  forward: [],
  kept: [],
  call: [],
  step: [],
};
try {
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) {
      const { address, port: sshPort, user, userKeyFile } = sshd;
      const host = { address, port: sshPort, user, userKeyFile };
      carried[way].push(
        await carriedBy({ way, bytes: BYTES, sshd: host, file, port, content: made, inventory, playbook }),
      );
    }
  }
} finally {
  server.close();
}
console.log(`${BYTES / 1e6} MB from one host, ${ROUNDS} rounds\n`);
console.log(
  "| way | rate | against ssh2 | against ssh2, kept | CPU here | memory, of its size |\n| --- | --- | --- | --- | --- | --- |",
);
for (const way of WAYS) {
  const of = carried[way];
  const rate = BYTES / 1e3 / quantile(of.map(({ wall }) => wall));
  const memory = quantile(of.map(({ peak }) => (peak * 1024 * 1024) / BYTES));
  console.log(
    `| ${WHAT[way]} | ${rate.toFixed(0)} MB/s | ${against("forward", of)} | ${against("kept", of)} | ${quantile(of.map(({ cpu }) => cpu)).toFixed(0)} ms | ${memory.toFixed(2)} × |`,
  );
}

/** How fast it was, with that way as 1: the median, and between which values half of the rounds are. */
function against(way: Carriage["way"], of: readonly Carried[]): string {
  const ratios = of.map(({ wall }, round) => (carried[way][round]?.wall ?? NaN) / wall);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
  return `${middle} × (${low} to ${high})`;
}

async function carriedBy(carriage: Carriage): Promise<Carried> {
  const program = fileURLToPath(new URL("bytes-carrier.js", import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", program, JSON.stringify(carriage)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT_MS,
  });
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (status !== 0) throw new Error(`Carrying 100 MB, ${carriage.way}, has failed`);
  return JSON.parse(output) as Carried;
}
