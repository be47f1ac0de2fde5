import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { expect, vi } from "vitest";

/** Shells that fusion-play completes in. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type ShellName = (typeof SHELLS)[number];

export interface ShellOptions {
  readonly folder: string;
  /** Home folder, into which the configuration of the shell is written. */
  readonly home: string;
  readonly path: string;
}

const PROMPT = "$ ";

/** How each shell is set up, as docs/cli.md says: files of the home folder, and arguments. */
const SETUP: Readonly<
  Record<ShellName, { files: Readonly<Record<string, string>>; args: readonly string[] }>
> = {
  bash: {
    files: { ".bashrc": `PS1='${PROMPT}'\nsource <(fusion-play completion bash)\n` },
    args: ["-i"],
  },
  zsh: {
    files: {
      ".zshrc": `PS1='${PROMPT}'\nautoload -U compinit && compinit -u -D\nsource <(fusion-play completion zsh)\n`,
    },
    args: ["--no-global-rcs", "-i"],
  },
  fish: {
    files: {
      ".config/fish/config.fish": `function fish_prompt\n  echo '${PROMPT}'\nend\nset fish_greeting\nfusion-play completion fish > ~/.config/fish/completions/fusion-play.fish\n`,
    },
    args: ["-i"],
  },
};

/** An interactive shell in a pseudo-terminal, as a person has it. */
export class Shell implements AsyncDisposable {
  readonly #process: ReturnType<typeof spawn>;
  readonly #terminal: xterm.Terminal;
  readonly #exit: Promise<unknown>;

  private constructor(name: ShellName, { folder, home, path }: ShellOptions) {
    this.#terminal = new xterm.Terminal({ cols: 120, rows: 50, allowProposedApi: true });
    this.#process = spawn(name, [...SETUP[name].args], {
      cols: 120,
      rows: 50,
      cwd: folder,
      name: "xterm-256color",
      env: { PATH: path, HOME: home, LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
    });
    this.#process.onData((data) => this.#terminal.write(data));
    // Shells ask the terminal what it can do.
    this.#terminal.onData((data) => this.#process.write(data));
    this.#exit = new Promise((resolve) => this.#process.onExit(resolve));
  }

  /** Starts a shell that completes, and waits for its prompt. */
  static async start(name: ShellName, options: ShellOptions): Promise<Shell> {
    await mkdir(join(options.home, ".config/fish/completions"), { recursive: true });
    for (const [file, text] of Object.entries(SETUP[name].files)) {
      await writeFile(join(options.home, file), text);
    }
    const shell = new Shell(name, options);
    await shell.#waitFor((lines) => lines.at(-1) === PROMPT.trim());
    return shell;
  }

  /** Types a text at an empty prompt, and the key TAB; waits until the line reads as expected, with no space behind. */
  async complete(text: string, expected: string): Promise<void> {
    await this.#typeAtPrompt(text);
    this.#process.write("\t");
    await this.#waitFor((lines) => lines.includes(PROMPT + expected));
  }

  /** Types a text at an empty prompt, and TAB until all of the words are offered. */
  async offers(text: string, words: readonly string[]): Promise<void> {
    await this.#typeAtPrompt(text);
    // Some shells list words at once, others when asked again.
    this.#process.write("\t");
    this.#process.write("\t");
    await this.#waitFor((lines) => words.every((word) => lines.slice(1).some((line) => line.includes(word))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#exit;
    this.#terminal.dispose();
  }

  async #typeAtPrompt(text: string): Promise<void> {
    // Clears the line, and the screen. A TAB that comes together with text would count as text.
    this.#process.write("\u0015\u000c");
    await this.#waitFor((lines) => lines.length === 1 && lines[0] === PROMPT.trim());
    this.#process.write(text);
    await this.#waitFor((lines) => lines.includes(PROMPT + text));
  }

  async #waitFor(isThere: (lines: readonly string[]) => boolean): Promise<void> {
    await vi.waitFor(() => expect(isThere(this.#lines), this.#lines.join("\n")).toBe(true), {
      timeout: 40_000,
      interval: 20,
    });
  }

  /** The lines of the screen, without the empty ones at its end. */
  get #lines(): readonly string[] {
    const buffer = this.#terminal.buffer.active;
    const lines = Array.from({ length: this.#terminal.rows }, (_, row) =>
      (buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "").trimEnd(),
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }
}
