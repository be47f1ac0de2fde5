import { expect, test } from "vitest";
import type { ModuleExamination } from "../../src/engine/code-examination.ts";
import { reachedEffects } from "../../src/engine/reached-effects.ts";
import type { Effect } from "../../src/playbook/playbook.ts";

function examined(
  module: string,
  needs: readonly string[],
  ...effects: readonly Effect[]
): ModuleExamination {
  return {
    module,
    needs,
    effects: effects.map((effect) => ({ effect, called: undefined, callers: [] })),
    missing: [],
    dynamic: [],
    calls: [],
    unchecked: [],
    isCutShort: false,
  };
}

test("reachedEffects() adds those of all modules that a module needs, through others and in cycles", () => {
  const reached = reachedEffects([
    examined("top", ["left", "right", "elsewhere"]),
    examined("left", ["shell"], "socket"),
    examined("right", ["cycle"]),
    examined("cycle", ["right", "loader"]),
    examined("shell", [], "os.cmd", "dynamic"),
    examined("loader", [], "code_load"),
    examined("alone", ["alone"]),
  ]);
  expect(Object.fromEntries(reached)).toEqual({
    top: ["os.cmd", "socket", "code_load", "dynamic"],
    left: ["os.cmd", "socket", "dynamic"],
    right: ["code_load"],
    cycle: ["code_load"],
    shell: ["os.cmd", "dynamic"],
    loader: ["code_load"],
    alone: [],
  });
});

test("reachedEffects() of a long chain with one effect at its end gives it to all", () => {
  const chain = Array.from({ length: 5_000 }, (_, index) => examined(`m${index}`, [`m${index + 1}`]));
  const reached = reachedEffects([...chain, examined("m5000", [], "halt")]);
  expect(new Set(Array.from(reached.values(), (effects) => effects.join()))).toEqual(new Set(["halt"]));
});
