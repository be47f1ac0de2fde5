import { readFile } from "node:fs/promises";
import { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./failure.ts";

/** Where the lines go that turn completion on. */
const SHELLS = {
  bash: "~/.bashrc: source <(fusion-play completion bash)",
  zsh: "~/.zshrc, after compinit: source <(fusion-play completion zsh)",
  fish: "fusion-play completion fish > ~/.config/fish/completions/fusion-play.fish",
} as const;

/** `fusion-play completion bash|zsh|fish`: prints what makes a shell complete command lines. */
export function completionCommand({ exit }: CommandContext): Command {
  const command = new Command("completion")
    .description("print a script for completion in a shell")
    .exitOverride();
  for (const [shell, usage] of Object.entries(SHELLS)) {
    command
      .command(shell)
      .description(usage)
      .action(async () => {
        const file = new URL(`../../completions/fusion-play.${shell}`, import.meta.url);
        process.stdout.write(await readFile(file, "utf8"));
        exit(EXIT.ok);
      });
  }
  // What the scripts ask, so that none of them knows commands and options by itself.
  command
    .command("words", { hidden: true })
    .argument("[words...]")
    .action(async (words: string[]) => {
      const { complete } = await import("./completion/complete.ts");
      const { words: offered, paths } = await complete(command.parent ?? command, words);
      const head = paths === undefined ? ["words", "", ""] : ["paths", paths.fixed, paths.endings.join(" ")];
      process.stdout.write(
        [...head, ...offered.map((word) => word.join("\t"))].map((line) => `${line}\n`).join(""),
      );
      exit(EXIT.ok);
    });
  return command;
}
