import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { binary, isAtom, MapTerm, tuple, type Term } from "../../src/etf/term.ts";

/** A real Erlang runtime, with Elixir, that is asked what terms and their text are. */
export interface Oracle extends AsyncDisposable {
  /** Decodes a term and encodes it again. */
  roundTrip(bytes: Uint8Array): Promise<Uint8Array>;
  areEqual(left: Uint8Array, right: Uint8Array): Promise<boolean>;
  /** Writes a term as `~0tp` and `inspect` do. */
  format(term: Term, language: "elixir" | "erlang"): Promise<string>;
  /** Reads the text of a term. */
  parse(text: string, language: "elixir" | "erlang"): Promise<Term>;
  match(
    pattern: string,
    term: Term,
    language: "elixir" | "erlang",
  ): Promise<Record<string, Term> | undefined>;
  /** Makes encodings of random terms. */
  generate(seed: number, count: number): Promise<Uint8Array[]>;
}

/** Starts the oracle; requests are answered in their order and may be sent without waiting. */
export async function startOracle(): Promise<Oracle> {
  const script = fileURLToPath(new URL("oracle.escript", import.meta.url));
  const elixir = execFileSync("elixir", ["-e", "IO.write(:code.lib_dir(:elixir, :ebin))"], {
    encoding: "utf8",
  });
  const child = spawn("escript", [script, elixir], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: { resolve: (answer: Buffer) => void; reject: (error: Error) => void }[] = [];
  let received = Buffer.alloc(0);

  child.stdout.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
      const size = received.readUInt32BE();
      const answer = Buffer.from(received.subarray(5, 4 + size));
      const isError = received[4] === 1;
      received = received.subarray(4 + size);
      const request = waiting.shift();
      if (isError) request?.reject(new Error(answer.toString()));
      else request?.resolve(answer);
    }
  });
  child.on("exit", () => {
    for (const { reject } of waiting.splice(0)) reject(new Error("the oracle ended"));
  });

  const ask = (request: string, argument: Uint8Array): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      const header = Buffer.alloc(5);
      header.writeUInt32BE(argument.length + 1);
      header.write(request, 4);
      child.stdin.write(Buffer.concat([header, argument]));
    });

  return {
    roundTrip: (bytes) => ask("r", bytes),
    areEqual: async (left, right) => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(left.length);
      return (await ask("q", Buffer.concat([size, left, right]))).toString() === "equal";
    },
    format: async (term, language) =>
      (await ask(language === "erlang" ? "e" : "x", encodeTerm(term))).toString(),
    parse: async (text, language) =>
      decodeTerm(await ask(language === "erlang" ? "p" : "P", Buffer.from(text))),
    match: async (pattern, term, language) => {
      const question = encodeTerm(tuple(binary(pattern), term));
      const answer = decodeTerm(await ask(language === "erlang" ? "m" : "M", question));
      if (isAtom(answer, "false")) return undefined;
      return Object.fromEntries(
        (answer as MapTerm).entries.map(([name, value]) => [
          Buffer.from(name as Uint8Array).toString(),
          value,
        ]),
      );
    },
    generate: async (seed, count) => {
      const argument = Buffer.alloc(8);
      argument.writeUInt32BE(seed);
      argument.writeUInt32BE(count, 4);
      return decodeTerm(await ask("g", argument)) as Uint8Array[];
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
