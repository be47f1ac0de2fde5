import type { ServerChannel } from "ssh2";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import { ByteWriter } from "../../src/bytes/byte-writer.ts";
import type { SpawnRequest } from "../../src/dist/control-message.ts";
import { LocalNode } from "../../src/dist/local-node.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, binary, tuple, type Term } from "../../src/etf/term.ts";
import { END_LINE } from "../../src/remote/end-line.ts";
import { AcceptingNode } from "../../test/doubles/accepting-node.ts";
import { answerCall, exitReason, type BeamState, type Call } from "./answer-call.ts";
import { bootValues, type BootValues } from "./boot-values.ts";
import { RelayStream, type LinkCounts } from "./relay-stream.ts";

/** What all BEAMs of a process share. */
export interface BeamsSurroundings {
  readonly counts: BeamCounts;
  /** Resolves when calls of `fleet:held/0` may return; told that one more waits. */
  held(): Promise<void>;
}

/** Of all BEAMs together. */
export interface BeamCounts extends LinkCounts {
  booted: number;
  /** Calls of functions, those of the agent among them. */
  calls: number;
  /** Those that BEAMs said they do not know. */
  unknown: string[];
}

const ALIVE2_REQ = 120;
const HIDDEN_OR_NORMAL = 77;
/** Ports of a host that is not there are numbers, nothing else. */
const DISTRIBUTION_PORT = 40_000;
export const LINK_PORT = 40_001;

/**
 * A BEAM as the controller sees it: the boot command's end of standard input and output, and what listens on the port
 * of the link. It knows as much as a run needs, and evaluates nothing.
 */
export class SimulatedBeam {
  readonly #channel: ServerChannel;
  readonly #surroundings: BeamsSurroundings;
  readonly #openEpmd: (port: number, opened: (stream: ByteStream) => void) => void;
  #input = "";
  #values: BootValues | undefined;
  #state: BeamState | undefined;
  #connection: AcceptingNode | undefined;
  #hasEnded = false;

  /** @param openEpmd opens a connection to a port of the host that leads to the controller */
  constructor(
    channel: ServerChannel,
    surroundings: BeamsSurroundings,
    openEpmd: (port: number, opened: (stream: ByteStream) => void) => void,
  ) {
    this.#channel = channel;
    this.#surroundings = surroundings;
    this.#openEpmd = openEpmd;
    channel.on("error", () => {});
    channel.write("fusion-play:pid:4711\n");
    channel.on("data", (chunk: Buffer) => this.#onInput(chunk.toString("latin1")));
    channel.once("end", () => this.halt());
  }

  /** Takes a connection to the port of the link. */
  accept(stream: ByteStream): void {
    const relay: RelayStream = new RelayStream(stream, {
      token: (this.#values as BootValues).linkToken,
      counts: this.#surroundings.counts,
      onProven: (controller) => this.#connect(relay, controller),
      onHalt: () => this.halt(),
    });
  }

  #connect(relay: RelayStream, controller: string): void {
    const { node, cookie } = this.#values as BootValues;
    const { creation } = new LocalNode(node);
    const own = { name: node, creation, cookie };
    const signal = new AbortController().signal;
    AcceptingNode.accept(relay, { own, expectedName: controller, signal }).then(
      (connection) => {
        this.#connection = connection;
        const local = new LocalNode(node);
        connection.listen((message) => {
          if (message.type === "SPAWN_REQUEST") this.#spawn(connection, local, message.request);
        });
      },
      () => this.halt(),
    );
  }

  /** Ends as `erlang:halt(0)` does. */
  halt(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#connection?.[Symbol.dispose]();
    this.#channel.exit(0);
    this.#channel.end();
  }

  #onInput(text: string): void {
    this.#input += text;
    for (let end = this.#input.indexOf("\n"); end >= 0; end = this.#input.indexOf("\n")) {
      const line = this.#input.slice(0, end);
      this.#input = this.#input.slice(end + 1);
      this.#onLine(line);
    }
  }

  #onLine(line: string): void {
    if (line === END_LINE) return this.halt();
    if (/^\d+$/.test(line)) {
      this.#epmdPort = Number(line);
      return;
    }
    this.#values = bootValues(line);
    this.#state = { node: this.#values.node, loaded: new Map() };
    this.#report("link", String(LINK_PORT));
    this.#register(this.#values.node);
  }

  #epmdPort = 0;

  /**
   *     2      | 1   | 2      | 1        | 1        | 2              | 2             | 2    | Nlen     | 2
   *     Length | 120 | PortNo | NodeType | Protocol | HighestVersion | LowestVersion | Nlen | NodeName | Elen
   */
  #register(node: string): void {
    const name = Buffer.from(node.slice(0, node.indexOf("@")));
    const request = new ByteWriter()
      .uint16(13 + name.byteLength)
      .uint8(ALIVE2_REQ)
      .uint16(DISTRIBUTION_PORT)
      .uint8(HIDDEN_OR_NORMAL)
      .uint8(0)
      .uint16(6)
      .uint16(5)
      .uint16(name.byteLength)
      .bytes(name)
      .uint16(0);
    this.#openEpmd(this.#epmdPort, (stream) => {
      stream.listen({ onBytes: () => this.#ready(), onEnd: () => {} });
      stream.write(request.finish());
    });
  }

  #ready(): void {
    this.#surroundings.counts.booted++;
    this.#report("ready", "25", "1.14.0", "x86_64-pc-linux-gnu", "64");
  }

  #report(kind: string, ...fields: readonly string[]): void {
    const report = encodeTerm(tuple(atom(kind), ...fields.map(binary)));
    this.#channel.write(`fusion-play:${report.toString("base64")}\n`);
  }

  #spawn(connection: AcceptingNode, local: LocalNode, request: SpawnRequest): void {
    const { reference, from } = request;
    const process = local.newPid();
    connection.send({ type: "SPAWN_REPLY", reference, to: from, result: process });
    const end = (result: Term | undefined): void => {
      const reason = exitReason(request.args[0] as Term, result);
      connection.send({ type: "MONITOR_P_EXIT", from: process, to: from, reference, reason });
    };
    const call = callOf(request);
    const { counts, held } = this.#surroundings;
    counts.calls++;
    const result = answerCall(call, this.#state as BeamState);
    if (result === undefined) counts.unknown.push(`${call.module}:${call.function}/${call.args.length}`);
    if (call.module === "fleet") void held().then(() => end(result));
    else end(result);
  }
}

/** `erpc:execute_call(Reference, Module, Function, Arguments)` */
function callOf({ args }: SpawnRequest): Call {
  const [, module, name, list] = args as [Term, { name: string }, { name: string }, Term[]];
  return { module: module.name, function: name.name, args: list };
}
