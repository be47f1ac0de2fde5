import type { DryRunModule } from "../engine/dry-run-report.ts";

/** Writes effects of a module: its own, and in parentheses those of modules that it needs: `os.cmd, ?, (socket)`. */
export function effectsText({ effects, own_effects }: Pick<DryRunModule, "effects" | "own_effects">): string {
  const own = new Set(own_effects.map(({ effect }) => effect));
  const [first, second] = [
    effects.filter((effect) => own.has(effect)),
    effects.filter((effect) => !own.has(effect)),
  ];
  const sign = (effect: string): string => (effect === "dynamic" ? "?" : effect);
  return [...first.map(sign), ...(second.length > 0 ? [`(${second.map(sign).join(", ")})`] : [])].join(", ");
}
