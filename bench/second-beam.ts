import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ByteStream } from "../src/bytes/byte-stream.ts";
import type { ShippedModule } from "../src/engine/module-source.ts";
import { EpmdServer } from "../src/epmd/server.ts";
import { socketStream } from "../test/doubles/socket-stream.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface SecondBeamOptions {
  /** Full name of the node on the host, and its cookie. */
  readonly node: string;
  readonly cookie: string;
  /** Opens a stream to the port that the node listens on. */
  readonly connect: () => Promise<ByteStream>;
  readonly modules: readonly ShippedModule[];
}

/** A real BEAM on this machine, connected to the one on the host through its SSH connection. */
export interface SecondBeam extends AsyncDisposable {
  /** Loads the modules there with `code:atomic_load/1`, and gives the milliseconds that the call took. */
  load(): Promise<number>;
  /** Has the host forget the modules. */
  unload(): Promise<void>;
  /**
   * Calls `erlang:node()` there with `erpc`, so many times, and gives the milliseconds that it took.
   *
   * @param outstanding how many calls are under way at once
   */
  call(times: number, outstanding: number): Promise<number>;
}

const FLAGS =
  "-noshell -hidden -nocookie -start_epmd false -boot no_dot_erlang -name second@127.0.0.1 -kernel net_ticktime 20";

/** Reads what to do from standard input: the first term says with whom. */
const SCRIPT = `
  {ok, {Node, Cookie, Folder, Names}} = io:read(""),
  erlang:set_cookie(Node, Cookie),
  true = net_kernel:connect_node(Node),
  Read = fun(Name) ->
    {ok, Binary} = file:read_file(filename:join(Folder, atom_to_list(Name) ++ ".beam")),
    {Name, atom_to_list(Name) ++ ".beam", Binary}
  end,
  Modules = [Read(Name) || Name <- Names],
  Each = fun(Do) -> erpc:call(Node, lists, foreach, [Do, Names]) end,
  {ok, Calls, Code} = compile:file(filename:join(Folder, "second_calls"), [binary]),
  {module, Calls} = code:load_binary(Calls, "second_calls", Code),
  io:format("ready~n"),
  (fun Serve() ->
    case io:read("") of
      {ok, load} ->
        Start = erlang:monotonic_time(microsecond),
        ok = erpc:call(Node, code, atomic_load, [Modules]),
        io:format("~b~n", [erlang:monotonic_time(microsecond) - Start]),
        Serve();
      {ok, unload} ->
        lists:foreach(Each, [fun code:purge/1, fun code:delete/1, fun code:purge/1]),
        io:format("unloaded~n"),
        Serve();
      {ok, {call, Times, Outstanding}} ->
        Start = erlang:monotonic_time(microsecond),
        ok = Calls:call(Node, Times, Outstanding),
        io:format("~b~n", [erlang:monotonic_time(microsecond) - Start]),
        Serve();
      _ -> halt(0)
    end
  end)().
`;

/** Compiled, as what people run is. Of several calls the oldest is waited for. */
const CALLS = `
-module(second_calls).
-export([call/3]).

call(_, 0, _) -> ok;
call(Node, Times, 1) ->
  Node = erpc:call(Node, erlang, node, []),
  call(Node, Times - 1, 1);
call(Node, Times, Outstanding) ->
  First = queue:from_list([send(Node) || _ <- lists:seq(1, Outstanding)]),
  pipelined(Node, Times - Outstanding, First).

pipelined(Node, Left, Requests) ->
  case queue:out(Requests) of
    {empty, _} -> ok;
    {{value, Oldest}, Later} ->
      Node = erpc:receive_response(Oldest),
      case Left of
        0 -> pipelined(Node, 0, Later);
        _ -> pipelined(Node, Left - 1, queue:in(send(Node), Later))
      end
  end.

send(Node) -> erpc:send_request(Node, erlang, node, []).
`;

/** Starts it, and connects it. */
export async function startSecondBeam(options: SecondBeamOptions): Promise<SecondBeam> {
  const relay = await listen((socket) => void relayBetween(socket, options.connect()));
  const [shortName = ""] = options.node.split("@");
  let epmd: EpmdServer | undefined;
  const epmdSocket = await listen((socket) => epmd?.accept(socketStream(socket)));
  epmd = new EpmdServer({
    // It finds the node on the host behind the relay.
    own: { name: shortName, port: portOf(relay), nodeType: "normal", highestVersion: 6, lowestVersion: 5 },
    expectedName: "second",
    creation: 1,
    port: portOf(epmdSocket),
    onAlive: () => {},
  });
  const folder = written(options.modules);
  const erl = spawn("erl", [...FLAGS.split(" "), "-eval", SCRIPT], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ERL_EPMD_PORT: String(portOf(epmdSocket)), ERL_CRASH_DUMP_SECONDS: "0" },
  });
  const lines = createInterface({ input: erl.stdout })[Symbol.asyncIterator]();
  const ask = async (term: string): Promise<string> => {
    erl.stdin.write(`${term}.\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error("The second BEAM has ended");
    return value;
  };
  const names = options.modules.map(({ name }) => `'${name}'`).join();
  await ask(`{'${options.node}', '${options.cookie}', "${folder}", [${names}]}`);
  return {
    load: async () => Number(await ask("load")) / 1000,
    unload: async () => void (await ask("unload")),
    call: async (times, outstanding) => Number(await ask(`{call, ${times}, ${outstanding}}`)) / 1000,
    async [Symbol.asyncDispose]() {
      erl.stdin.end();
      if (erl.exitCode === null) await once(erl, "exit");
      epmd[Symbol.dispose]();
      relay.close();
      epmdSocket.close();
    },
  };
}

function written(modules: readonly ShippedModule[]): string {
  const folder = join(temporaryFolder(), "stripped");
  mkdirSync(folder);
  writeFileSync(join(folder, "second_calls.erl"), CALLS);
  for (const { name, binary } of modules) writeFileSync(join(folder, `${name}.beam`), binary);
  return folder;
}

/** Passes on bytes between a socket here and a stream to the host. */
async function relayBetween(socket: Socket, opening: Promise<ByteStream>): Promise<void> {
  const stream = await opening;
  const local = socketStream(socket);
  stream.listen({ onBytes: (bytes) => local.write(bytes), onEnd: () => local.close() });
  local.listen({ onBytes: (bytes) => stream.write(bytes), onEnd: () => stream.close() });
}

async function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}
