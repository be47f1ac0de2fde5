import { chmod, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

import type { Secret } from "../secret.ts";
import { shellQuote } from "./shell-quote.ts";

/** Longer than anything that `ssh` asks. */
const MAX_QUESTION = 10_000;

/** What `ssh` asks for, and who does. */
export interface Question {
  /** As it would be shown: `me@web1's password: `. */
  readonly text: string;
  /** Process id of the `ssh` that asks: it may be another one, of a `ProxyCommand`. */
  readonly asker: number;
  /** `SSH_ASKPASS_PROMPT`: `confirm` and `none` are no questions for a secret. */
  readonly kind: string;
}

/**
 * Connects to the socket and prints what comes back; fails if nothing does. It is told of the socket and the
 * question, and the answer goes through the socket and the pipe to `ssh` alone.
 */
const PROGRAM = `
const [path, text, asker, kind] = process.argv.slice(1);
process.exitCode = 1;
const socket = require("net").connect(path);
socket.on("error", () => {}).on("data", (answer) => {
  process.exitCode = 0;
  process.stdout.write(answer);
});
socket.end(JSON.stringify({ text, asker: Number(asker), kind }));`;

/** Answers what `ssh` asks for by its `SSH_ASKPASS`, through a socket in a folder that is ours alone. */
export class Askpass implements AsyncDisposable {
  /** What `ssh` has to have in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, sockets: ReadonlySet<Socket>, program: string) {
    this.#server = server;
    this.#sockets = sockets;
    this.environment = {
      SSH_ASKPASS: program,
      SSH_ASKPASS_REQUIRE: "force",
      // Before OpenSSH 8.4 nobody is asked without a display.
      DISPLAY: process.env["DISPLAY"] ?? ":",
    };
  }

  /**
   * @param folder where nobody else may look
   * @param answer gives what is asked for; undefined where that is not known
   */
  static async open(
    folder: string,
    answer: (question: Question) => Promise<Secret | undefined>,
  ): Promise<Askpass> {
    const path = join(folder, "a");
    const program = join(folder, "askpass");
    const call = [process.execPath, "-e", PROGRAM, path].map(shellQuote).join(" ");
    const script = `#!/bin/sh\nunset NODE_OPTIONS\nexec ${call} "$1" "$PPID" "$SSH_ASKPASS_PROMPT"\n`;
    await writeFile(program, script, { mode: 0o700 });
    await chmod(program, 0o700);
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      serve(socket, answer);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(path, resolve);
    });
    return new Askpass(server, sockets, program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function serve(socket: Socket, answer: (question: Question) => Promise<Secret | undefined>): void {
  let asked = "";
  socket.on("error", () => {});
  socket.setEncoding("utf8").on("data", (text: string) => {
    asked += text;
    if (asked.length > MAX_QUESTION) socket.destroy();
  });
  socket.once("end", () => {
    answerTo(asked, answer).then(
      (known) => (known === undefined ? socket.end() : socket.end(`${known.reveal()}\n`)),
      // Who asks in another way gets no answer.
      () => socket.destroy(),
    );
  });
}

async function answerTo(
  asked: string,
  answer: (question: Question) => Promise<Secret | undefined>,
): Promise<Secret | undefined> {
  return await answer(JSON.parse(asked) as Question);
}
