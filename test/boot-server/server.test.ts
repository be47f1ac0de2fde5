import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BootServer, type BootFiles } from "../../src/boot-server/server.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, charlist, tuple } from "../../src/etf/term.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { socketStream } from "../doubles/socket-stream.ts";

const TOKEN = "4711-token";
const CODE = Buffer.from("the code");
const FILES: BootFiles = {
  read: async (path) => (path === "/play/mödule.beam" ? CODE : path === "/play/big.beam" ? BIG : undefined),
  list: (path) => (path === "/play" ? ["mödule.beam", "big.beam"] : undefined),
  info: (path) =>
    path === "/play"
      ? { type: "directory" }
      : path === "/play/big.beam"
        ? { type: "regular", size: BIG.byteLength }
        : undefined,
};
const BIG = randomBytes(3 * 1024 * 1024);
let server: Server;
let boot: BootServer;
let port: number;

beforeEach(async () => {
  boot = new BootServer({ token: TOKEN, files: FILES });
  server = createServer((socket) => boot.accept(socketStream(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  boot[Symbol.dispose]();
  server.close();
});

/** Asks with the functions of OTP's loader how a path looks through the boot server, from a real `erl`. */
async function askedByErlang(script: string): Promise<string> {
  const eval_ = `
    {ok, Socket} = gen_tcp:connect({127,0,0,1}, ${port}, [binary, {packet, 4}, {active, false}]),
    ok = gen_tcp:send(Socket, <<"${TOKEN}">>),
    Ask = fun(Request) ->
        ok = gen_tcp:send(Socket, term_to_binary(Request)),
        {ok, Packet} = gen_tcp:recv(Socket, 0, 10000),
        binary_to_term(Packet)
    end,
    ${script},
    halt().`;
  const { stdout } = await promisify(execFile)("erl", ["-noinput", "+pc", "unicode", "-eval", eval_]);
  return stdout;
}

function packet(text: string | Uint8Array): Uint8Array {
  const data = Buffer.from(text);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(data.length);
  return Buffer.concat([header, data]);
}

async function isHungUp(socket: Socket): Promise<boolean> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  await once(socket, "close");
  return chunks.length === 0;
}

test("files, names and what they are come to Erlang as from erl_boot_server", async () => {
  const printed = await askedByErlang(`
    {get, {ok, <<"the code">>}} = Ask({get, [$/ | "play/m"] ++ [16#f6 | "dule.beam"]}),
    {get, {ok, Big}} = Ask({get, "/play/big.beam"}),
    {list_dir, {ok, Names}} = Ask({list_dir, "/play"}),
    {read_file_info, {ok, Folder}} = Ask({read_file_info, "/play"}),
    {read_link_info, {ok, File}} = Ask({read_link_info, "/play/big.beam"}),
    {file_info, 0, directory, read, {{_, _, _}, {_, _, _}}, _, _, 8#555, 1, _, _, _, _, _} = Folder,
    [[$m, 16#f6 | "dule.beam"], "big.beam"] = Names,
    io:format("~w ~w ~w", [byte_size(Big), tuple_size(File), element(2, File)])`);
  expect(printed).toBe(`${BIG.byteLength} 14 ${BIG.byteLength}`);
});

test.each([
  ['{get, "/etc/passwd"}', "{get,{error,enoent}}"],
  ['{get, "/play/../etc/passwd"}', "{get,{error,enoent}}"],
  ['{list_dir, "/"}', "{list_dir,{error,enoent}}"],
  ['{read_file_info, "/etc"}', "{read_file_info,{error,enoent}}"],
  ["get_cwd", "{get_cwd,{error,enoent}}"],
  ['{get_cwd, "c:"}', "{get_cwd,{error,enoent}}"],
  ['{put, "/play/new.beam"}', "{error,unknown_command}"],
  ['{get, <<"/play/big.beam">>}', "{error,unknown_command}"],
  ["{get, [-1, 16#110000]}", "{error,unknown_command}"],
  ["{get, [[[[[[x]]]]]]}", "closed"],
])("%s is answered with %s", async (request, answer) => {
  const printed = await askedByErlang(
    `io:format("~0p", [try Ask(${request}) catch error:{badmatch, {error, closed}} -> closed end])`,
  );
  expect(printed).toBe(answer);
});

test("a client without the token is hung up on, and so is a second client with it", async () => {
  const stranger = connect(port, "127.0.0.1");
  stranger.write(packet("guess-token"));
  expect(await isHungUp(stranger)).toBe(true);

  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  const client = connect(port, "127.0.0.1");
  client.write(Buffer.concat([packet(TOKEN), packet(Buffer.from([131, 97, 1]))]));
  await once(client, "data");
  // Who was there before and said nothing gets no other chance.
  expect(await isHungUp(silent)).toBe(true);
  const second = connect(port, "127.0.0.1");
  second.write(packet(TOKEN));
  expect(await isHungUp(second)).toBe(true);

  client.destroy();
  await boot.clientLeft;
  const late = connect(port, "127.0.0.1");
  late.write(packet(TOKEN));
  expect(await isHungUp(late)).toBe(true);
});

test("a client that asks on and on without reading is hung up on", async () => {
  const client = connect(port, "127.0.0.1");
  client.pause();
  client.write(packet(TOKEN));
  const request = askForBig();
  const closed = boot.clientLeft.then(() => true);
  for (let asked = 0; asked < 100; asked++) client.write(packet(request));
  // It can tell only when it reads.
  expect(await closed).toBe(true);
  client.destroy();
});

function askForBig(): Uint8Array {
  return encodeTerm(tuple(atom("get"), charlist("/play/big.beam")));
}

test("any bytes leave the server as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), async (chunks) => {
      const fresh = new BootServer({ token: TOKEN, files: FILES });
      const [ours, theirs] = byteStreamPair();
      fresh.accept(theirs);
      const ended = new Promise<void>((resolve) =>
        ours.listen({ onBytes: () => {}, onEnd: () => resolve() }),
      );
      ours.write(packet(TOKEN));
      for (const chunk of chunks) ours.write(chunk);
      ours.close();
      await ended;
      await fresh.clientLeft;
    }),
    { numRuns: 300 },
  );
});
