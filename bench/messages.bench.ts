// Measures how long the control messages of calls and output take to encode and decode, in processes' own time.
import {
  decodeControlMessage,
  encodeControlMessage,
  type ControlMessage,
} from "../src/dist/control-message.ts";
import { LocalNode } from "../src/dist/local-node.ts";
import { atom, binary, Pid, tuple } from "../src/etf/term.ts";
import { measured, quantile } from "./measure.ts";

const ROUNDS = 30;
const TIMES = 20_000;

const local = new LocalNode("fusion_play_0123456789ab@127.0.0.1");
const remote = new Pid("fusion_ba9876543210@127.0.0.1", 153, 0, 1_663_000_000);
const reference = local.newReference();
const own = local.newPid();

const MESSAGES: Readonly<Record<string, Exclude<ControlMessage, { type: "other" }>>> = {
  "SPAWN_REQUEST of a call": {
    type: "SPAWN_REQUEST",
    request: {
      reference,
      from: own,
      groupLeader: local.newPid(),
      module: "erpc",
      function: "execute_call",
      args: [reference, atom("erlang"), atom("node"), []],
      monitor: true,
    },
  },
  SPAWN_REPLY: { type: "SPAWN_REPLY", reference, to: own, result: remote },
  "MONITOR_P_EXIT (PAYLOAD), a result": {
    type: "MONITOR_P_EXIT",
    from: remote,
    to: own,
    reference,
    reason: tuple(reference, atom("return"), atom(remote.node)),
  },
  "SEND of an io_request": {
    type: "SEND",
    to: own,
    message: tuple(
      atom("io_request"),
      remote,
      reference,
      tuple(atom("put_chars"), atom("unicode"), binary("200 files were looked at\n")),
    ),
  },
  "SEND of a DOWN message": {
    type: "SEND",
    to: own,
    message: tuple(atom("DOWN"), reference, atom("process"), remote, atom("normal")),
  },
};

console.log(`
| message | bytes | encode | decode |
| --- | --- | --- | --- |`);
for (const [name, message] of Object.entries(MESSAGES)) {
  const encoded = Buffer.concat(encodeControlMessage(message)).subarray(4);
  const again = decodeControlMessage(encoded);
  if (again.type !== message.type) throw new Error(`${name} is not what it was`);
  const encode: number[] = [];
  const decode: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    encode.push(await microseconds(() => void encodeControlMessage(message)));
    decode.push(await microseconds(() => void decodeControlMessage(encoded)));
  }
  console.log(`| ${name} | ${encoded.length} | ${summary(encode)} | ${summary(decode)} |`);
}

/** CPU time of doing it once, in microseconds. */
async function microseconds(work: () => void): Promise<number> {
  const { cpu } = await measured(() => {
    for (let time = 0; time < TIMES; time++) work();
  });
  return (cpu / TIMES) * 1000;
}

function summary(values: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(2));
  return `${middle} µs (${low} to ${high})`;
}
