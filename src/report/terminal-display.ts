import type { WriteStream } from "node:tty";
import type { RunEvent } from "../engine/run-event.ts";
import { CursorGuard } from "./cursor-guard.ts";
import { endLines } from "./end-lines.ts";
import { EventLines } from "./event-lines.ts";
import { type Line, renderLine } from "./line.ts";
import type { LiveDisplay } from "./live-renderer.ts";
import { type ScreenSize, screenLines, summaryLine } from "./live-screen.ts";
import { LiveState } from "./live-state.ts";
import { HIDE_CURSOR, SHOW_CURSOR, TerminalFrame } from "./terminal-frame.ts";
import type { TextFormat } from "./text-format.ts";
import { TextOutput } from "./text-output.ts";

/** Time between two looks at whether something changed. */
const TICK_MS = 100;

/** Clocks go on where nothing else changes: once a second. */
const TICKS_OF_CLOCK = 10;

export interface TerminalDisplayOptions {
  readonly stream: WriteStream & { readonly fd: number };
  readonly format: TextFormat;
  readonly verbosity: number;
  readonly diff: boolean;
  readonly profile: boolean;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** So many times as long as a drawing took, there is none: drawing takes a hundredth of a core, whatever there is to draw. */
const REST = 100;

/** Collects what events change and draws it at most ten times a second, however many events there are. */
export class TerminalDisplay implements LiveDisplay {
  readonly #options: TerminalDisplayOptions;
  readonly #output: TextOutput;
  readonly #frame: TerminalFrame;
  readonly #eventLines: EventLines;
  readonly #state = new LiveState();
  /** Lines to leave above what is drawn next. */
  #stay: string[] = [];
  #changed = false;
  #ticks = 0;
  /** Ticks until it is drawn again. */
  #rest = 0;
  #finished = false;
  #timer: NodeJS.Timeout | undefined;
  #cursor: CursorGuard | undefined;

  constructor(options: TerminalDisplayOptions) {
    this.#options = options;
    this.#output = new TextOutput(options.stream);
    this.#frame = new TerminalFrame(this.#output);
    this.#eventLines = new EventLines({
      ...options,
      failuresOnly: true,
      columns: () => this.#size.width,
    });
  }

  onEvent(event: RunEvent): void {
    if (event.type === "play_started" || event.type === "run_finished") this.#settlePlay();
    const changed = this.#state.apply(event, this.#options.now());
    this.#leave(this.#eventLines.add(event));
    if (event.type === "run_finished") {
      this.#finished = true;
      this.#leave(endLines(event.report, { ...this.#options, columns: this.#size.width }));
    }
    this.#changed ||= changed || this.#stay.length > 0;
  }

  open(): void {
    this.#cursor = new CursorGuard(this.#options.stream.fd, () => {
      this.#output.write(HIDE_CURSOR);
      this.#frame.forget();
      this.#changed = true;
    });
    this.#output.write(HIDE_CURSOR);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    // A run that forgot to end its reporter must not hang.
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    // Also a run that broke off leaves its last state, but no clock that stands still.
    if (!this.#finished) this.#settlePlay();
    this.#finished = true;
    this.#draw();
    this.#output.write(SHOW_CURSOR);
    this.#cursor?.[Symbol.dispose]();
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }

  get #size(): ScreenSize & { readonly width: number } {
    const { stream } = this.#options;
    // A terminal that does not tell its size says 0.
    const [rows, columns] = [stream.rows || 24, stream.columns || 80];
    // The last column stays free: terminals differ in what follows a character there.
    return { rows, columns, width: columns - 1 };
  }

  #tick(): void {
    this.#ticks += 1;
    const isDue = this.#changed && this.#ticks >= this.#rest;
    if (!isDue && this.#ticks < TICKS_OF_CLOCK) return;
    const startedAt = performance.now();
    this.#draw();
    this.#rest = Math.ceil(((performance.now() - startedAt) * REST) / TICK_MS);
  }

  #draw(): void {
    const { format, now } = this.#options;
    const { rows, columns, width } = this.#size;
    const play = this.#finished ? undefined : this.#state.play;
    const lines = play === undefined ? [] : screenLines(play, { rows, now: now() });
    this.#frame.draw({
      stay: this.#stay,
      frame: lines.map((line) => ({
        text: renderLine(line, { unicode: format.unicode, color: false, width }),
        rendered: renderLine(line, { ...format, width }),
      })),
      columns,
    });
    this.#stay = [];
    this.#changed = false;
    this.#ticks = 0;
  }

  #leave(lines: readonly Line[]): void {
    for (const line of lines) this.#stay.push(renderLine(line, this.#options.format));
  }

  /** Leaves the summary of the play that ends above everything that follows. */
  #settlePlay(): void {
    const { play } = this.#state;
    if (play === undefined) return;
    const { format, now } = this.#options;
    this.#stay.push(renderLine(summaryLine(play, now()), { ...format, width: this.#size.width }));
  }
}
