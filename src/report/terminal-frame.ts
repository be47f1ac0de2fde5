import { displayWidth } from "./display-width.ts";
import type { TextOutput } from "./text-output.ts";

/**
 * Control sequences of the terminal.
 *
 * @see https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const ERASE_LINE_RIGHT = "\u001b[K";
const ERASE_BELOW = "\u001b[J";
export const HIDE_CURSOR = "\u001b[?25l";
export const SHOW_CURSOR = "\u001b[?25h";

export interface FrameLine {
  /** What is seen. */
  readonly text: string;
  /** The same with its colours. */
  readonly rendered: string;
}

export interface FrameContent {
  /** Lines to leave above the frame. */
  readonly stay: readonly string[];
  /** Lines to draw again later; each must fit into one row. */
  readonly frame: readonly FrameLine[];
  readonly columns: number;
}

/** The lines at the bottom of a terminal that are drawn again and again, under lines that stay. */
export class TerminalFrame {
  readonly #output: TextOutput;
  #shown: readonly FrameLine[] = [];

  constructor(output: TextOutput) {
    this.#output = output;
  }

  /**
   * Writes `stay` where the frame was, and the frame under it, in one piece, so that no terminal
   * shows it half done.
   */
  draw({ stay, frame, columns }: FrameContent): void {
    if (stay.length === 0 && sameLines(frame, this.#shown)) return;
    const above = this.#rowsAbove(columns);
    let text = above > 0 ? `\r\u001b[${above}A` : "\r";
    // Lines that stay may wrap, so nothing of the frame may be left under them.
    if (stay.length > 0) text += `${ERASE_BELOW}${stay.map((line) => `${line}\n`).join("")}`;
    text += frame.map(({ rendered }) => `${rendered}${ERASE_LINE_RIGHT}`).join("\n");
    // At the first column a `^C` that the terminal echoes makes no row more.
    this.#output.write(`${text}${ERASE_BELOW}\r`);
    this.#shown = frame;
  }

  /** Leaves what is drawn as it is: something else was written under it. */
  forget(): void {
    this.#shown = [];
  }

  /** How far the cursor stands below the first row of the frame; the terminal may be narrower by now. */
  #rowsAbove(columns: number): number {
    const wrapped = this.#shown.map(({ text }) => Math.max(1, Math.ceil(displayWidth(text) / columns)));
    // The cursor stands on the first row of the last line.
    return wrapped.slice(0, -1).reduce((sum, rows) => sum + rows, 0);
  }
}

function sameLines(a: readonly FrameLine[], b: readonly FrameLine[]): boolean {
  return a.length === b.length && a.every(({ rendered }, index) => rendered === b[index]?.rendered);
}
