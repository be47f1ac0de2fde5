import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { expect, vi } from "vitest";

/** What each drawing of the display ends with. */
const END_OF_DRAWING = "\u001b[J\r";

export interface PseudoTerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `live-program.ts` in a real pseudo-terminal and shows what a person would see. */
export class PseudoTerminal implements AsyncDisposable {
  readonly #process: ReturnType<typeof spawn>;
  readonly #terminal: xterm.Terminal;
  /** All that the program wrote. */
  raw = "";
  cursorVisible = true;
  readonly exit: Promise<{ exitCode: number; signal?: number | undefined }>;

  constructor(args: readonly string[], { columns = 80, rows = 24, env = {} }: PseudoTerminalOptions = {}) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    for (const [final, visible] of [
      ["h", true],
      ["l", false],
    ] as const) {
      this.#terminal.parser.registerCsiHandler({ prefix: "?", final }, ([mode]) => {
        if (mode === 25) this.cursorVisible = visible;
        return false;
      });
    }
    const program = fileURLToPath(new URL("live-program.ts", import.meta.url));
    const loader = import.meta.resolve("jiti/register");
    this.#process = spawn(process.execPath, ["--import", loader, program, ...args], {
      cols: columns,
      rows,
      name: "xterm-256color",
      env: { PATH: process.env["PATH"], LANG: "C.UTF-8", ...env },
    });
    this.#process.onData((data) => {
      this.raw += data;
      this.#terminal.write(data);
    });
    this.exit = new Promise((resolve) => this.#process.onExit(resolve));
  }

  /** The rows of the screen, without the empty ones at the end. */
  get screen(): string {
    const buffer = this.#terminal.buffer.active;
    const rows = Array.from({ length: this.#terminal.rows }, (_, row) =>
      (buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "").trimEnd(),
    );
    return rows.join("\n").trimEnd();
  }

  /** The screen and all that scrolled out of it. */
  get history(): string {
    const buffer = this.#terminal.buffer.active;
    return Array.from(
      { length: buffer.length },
      (_, row) => buffer.getLine(row)?.translateToString(true) ?? "",
    )
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  }

  /** Lets the program go on with its next scene. */
  next(): void {
    this.#process.kill("SIGUSR2");
  }

  signal(name: string): void {
    this.#process.kill(name);
  }

  /** Types into the terminal. */
  type(text: string): void {
    this.#process.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#process.resize(columns, rows);
  }

  /** How often the live display was drawn. */
  get draws(): number {
    return this.raw.split(END_OF_DRAWING).length - 1;
  }

  /** Waits until `text` is shown and nothing more comes. */
  async waitFor(text: string): Promise<void> {
    await vi.waitFor(() => expect(this.history).toContain(text), { timeout: 20_000, interval: 20 });
    for (let length = -1; length !== this.raw.length;) {
      length = this.raw.length;
      await sleep(250);
    }
  }

  /** Waits until `text` is shown, and all of what was drawn with it. */
  async drawn(text: string): Promise<void> {
    await vi.waitFor(
      async () => {
        // What was written is not on the screen yet.
        await new Promise<void>((resolve) => this.#terminal.write("", resolve));
        expect(this.history).toContain(text);
        expect(this.raw.endsWith(END_OF_DRAWING) || this.cursorVisible).toBe(true);
      },
      { timeout: 60_000, interval: 20 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.exit;
    this.#terminal.dispose();
  }
}
