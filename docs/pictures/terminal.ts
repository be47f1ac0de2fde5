import { setTimeout as sleep } from "node:timers/promises";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import type { StyledText } from "./screen-svg.ts";

/** Longest time that a program may take to show what is waited for. */
const LIMIT_MS = 120_000;

/** A program in a real pseudo-terminal, and what a person would see of it. */
export class Terminal implements AsyncDisposable {
  readonly #terminal: xterm.Terminal;
  readonly #process: ReturnType<typeof spawn>;
  readonly #exit: Promise<unknown>;
  #ended = false;

  /**
   * @param prompt shown as if it had been typed
   * @param command what is really run, with Node.js
   */
  constructor(
    prompt: string,
    command: readonly string[],
    { columns, rows }: { columns: number; rows: number },
  ) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#terminal.write(`\u001b[2m$\u001b[22m ${prompt}\r\n`);
    this.#process = spawn(process.execPath, [...command], {
      cols: columns,
      rows,
      name: "xterm-256color",
      env: { ...process.env, LANG: "C.UTF-8", LC_ALL: "", NO_COLOR: "" },
    });
    this.#process.onData((data) => this.#terminal.write(data));
    this.#exit = new Promise((resolve) => this.#process.onExit(resolve));
    void this.#exit.then(() => {
      this.#ended = true;
    });
  }

  /** Waits until the rows of the screen, as text, are as they shall be. */
  async until(isReady: (screen: string) => boolean): Promise<void> {
    for (const end = Date.now() + LIMIT_MS; !isReady(this.#text()); await sleep(20)) {
      if (Date.now() < end && !this.#ended) continue;
      throw new Error(`Cannot make the picture: it is not what was waited for\n${this.#text()}`);
    }
  }

  /** Waits until the program has ended and all it wrote is on the screen. */
  async end(): Promise<void> {
    await this.#exit;
    await new Promise<void>((resolve) => this.#terminal.write("", resolve));
  }

  /** Rows up to the last that shows anything. */
  rows(): StyledText[][] {
    const rows = this.#lines().map((line) => styledParts(line));
    return rows.slice(0, rows.findLastIndex((parts) => parts.length > 0) + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Ctrl-C, so that the hosts are cleaned up as well.
    if (!this.#ended) this.#process.write("\u0003");
    await this.#exit;
    this.#terminal.dispose();
  }

  #text(): string {
    return this.#lines()
      .map((line) => line.translateToString(true))
      .join("\n");
  }

  /** The whole buffer: what scrolled out of the screen as well. */
  #lines(): xterm.IBufferLine[] {
    const buffer = this.#terminal.buffer.active;
    return Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)).filter(
      (line) => line !== undefined,
    );
  }
}

/** Joins cells that look the same; spaces between them are left out where two or more follow each other. */
function styledParts(line: xterm.IBufferLine): StyledText[] {
  const parts: { -readonly [Key in keyof StyledText]: StyledText[Key] }[] = [];
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    const text = cell?.getChars() ?? "";
    if (cell === undefined || text === "") continue;
    const color = cell.isFgPalette() ? cell.getFgColor() : undefined;
    const [bold, dim] = [cell.isBold() !== 0, cell.isDim() !== 0];
    const last = parts.at(-1);
    const goesOn = last !== undefined && last.column + last.text.length === column;
    if (goesOn && last.color === color && last.bold === bold && last.dim === dim) last.text += text;
    else parts.push({ text, column, color, bold, dim });
  }
  return parts.map(trimmed).filter(({ text }) => text !== "");
}

function trimmed(part: StyledText): StyledText {
  const text = part.text.trimStart();
  return { ...part, text: text.trimEnd(), column: part.column + part.text.length - text.length };
}
