import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** What the server says is wrong, at its place, which counts from one. */
export interface Diagnostic {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What the server proposes to insert. */
export interface Proposal {
  readonly label: string;
  readonly insertText?: string;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

interface Position {
  readonly line: number;
  readonly character: number;
}

const PROGRAM = createRequire(import.meta.url).resolve("yaml-language-server/bin/yaml-language-server");
const END_OF_HEADER = "\r\n\r\n";

/** The YAML language server, as an editor runs it: over standard input and output. */
export class LanguageServer implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #diagnosed = new Map<string, (diagnostics: readonly Diagnostic[]) => void>();
  #received = Buffer.alloc(0);
  #lastId = 0;

  private constructor(settings: Readonly<Record<string, unknown>>) {
    this.#settings = settings;
    this.#child = spawn(process.execPath, [PROGRAM, "--stdio"], { stdio: "pipe" });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** @param settings by section, such as `{ yaml: { customTags: [] } }` */
  static async start(settings: Readonly<Record<string, unknown>>): Promise<LanguageServer> {
    const server = new LanguageServer(settings);
    await server.#request("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: { workspace: { configuration: true } },
    });
    server.#notify("initialized", {});
    // The server asks for its settings when it is told of a change, as editors do at the start.
    server.#notify("workspace/didChangeConfiguration", { settings });
    return server;
  }

  /** Opens a document, and gives what is wrong in it, in order. */
  async diagnose(path: string, text: string): Promise<readonly Diagnostic[]> {
    const uri = pathToFileURL(path).href;
    const diagnosed = new Promise<readonly Diagnostic[]>((resolve) => this.#diagnosed.set(uri, resolve));
    this.#open(uri, text);
    const diagnostics = await diagnosed;
    this.#notify("textDocument/didClose", { textDocument: { uri } });
    return diagnostics;
  }

  /** Opens a document whose text has a `|`, and gives what is proposed there. */
  async complete(path: string, text: string): Promise<readonly Proposal[]> {
    const result = await this.#askAt("textDocument/completion", path, text);
    return (Array.isArray(result) ? result : (result as { items: unknown }).items) as Proposal[];
  }

  /** Opens a document whose text has a `|`, and gives what is shown about that place. */
  async hover(path: string, text: string): Promise<string> {
    const result = await this.#askAt("textDocument/hover", path, text);
    return (result as { contents: { value: string } } | null)?.contents.value ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, "exit");
    await this.#request("shutdown", null);
    this.#notify("exit", null);
    await exit;
  }

  async #askAt(method: string, path: string, marked: string): Promise<unknown> {
    const uri = pathToFileURL(path).href;
    const [before = "", after = ""] = marked.split("|");
    this.#open(uri, before + after);
    const lines = before.split("\n");
    const position: Position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
    const result = await this.#request(method, { textDocument: { uri }, position });
    this.#notify("textDocument/didClose", { textDocument: { uri } });
    return result;
  }

  #open(uri: string, text: string): void {
    this.#notify("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
  }

  async #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    return answer;
  }

  #notify(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}${END_OF_HEADER}${body}`);
  }

  /**
   * Cuts messages out of what arrives:
   *
   *     Content-Length: N CRLF CRLF | N bytes of JSON
   *
   * @see https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol
   */
  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf(END_OF_HEADER);
      if (end === -1) return;
      const start = end + END_OF_HEADER.length;
      const length = Number(/Content-Length: (\d+)/.exec(this.#received.toString("latin1", 0, end))?.[1]);
      if (this.#received.length < start + length) return;
      const body = this.#received.toString("utf8", start, start + length);
      this.#received = this.#received.subarray(start + length);
      this.#handle(JSON.parse(body) as Message);
    }
  }

  #handle({ id, method, params, result }: Message): void {
    if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as { uri: string; diagnostics: readonly unknown[] };
      this.#diagnosed.get(uri)?.(diagnostics.map(readDiagnostic).toSorted(byPlace));
      this.#diagnosed.delete(uri);
    } else if (method === "workspace/configuration" && id !== undefined) {
      const { items } = params as { items: readonly { section?: string }[] };
      this.#answer(
        id,
        items.map(({ section = "" }) => this.#settings[section] ?? {}),
      );
    } else if (method !== undefined && id !== undefined) {
      this.#answer(id, null);
    } else if (id !== undefined) {
      this.#answers.get(id)?.(result);
      this.#answers.delete(id);
    }
  }

  #answer(id: number, result: unknown): void {
    this.#send({ id, result });
  }
}

function readDiagnostic(diagnostic: unknown): Diagnostic {
  const { range, message } = diagnostic as { range: { start: Position }; message: string };
  return { line: range.start.line + 1, column: range.start.character + 1, message };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column || a.message.localeCompare(b.message);
}
