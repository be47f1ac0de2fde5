import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { emptyMemory, HostScope, runNames } from "../../src/engine/scope.ts";
import type { Data } from "../../src/etf/data.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { allSteps } from "../../src/playbook/all-steps.ts";
import { loadPlaybook } from "../../src/playbook/load-playbook.ts";

/** The levels of variables, lowest to highest, with what gives a variable there. */
const LEVELS = ["group", "host", "play", "step", "set", "extra"] as const;
/** The levels inside that of the play. */
const PLAY_LEVELS = ["vars", "prompt", "file", "later file"] as const;

type Given = Readonly<Partial<Record<(typeof LEVELS)[number] | (typeof PLAY_LEVELS)[number], string>>>;

/** What expressions of a step see, when levels give the variables that `given` names. */
async function seen(given: Given): Promise<Readonly<Record<string, Data>>> {
  const folder = await mkdtemp(join(tmpdir(), "fusion-play-scope-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const one = (level: keyof Given): Record<string, string> =>
    given[level] === undefined ? {} : { [given[level]]: level };
  const group = { hosts: { web1: one("host") }, vars: one("group") };
  const play = {
    hosts: "all",
    vars: { ...one("vars"), ...one("play") },
    vars_prompt: Object.keys(one("prompt")).map((name) => ({ name })),
    vars_files: ["first.json", "later.json"],
    steps: [{ run: "a:b()", vars: one("step") }],
  };
  const files = { "hosts.yml": { web: group }, "site.yml": [play], "first.json": one("file") };
  for (const [name, content] of Object.entries({ ...files, "later.json": one("later file") })) {
    await writeFile(join(folder, name), JSON.stringify(content));
  }
  const inventory = await loadInventory([join(folder, "hosts.yml")]);
  const [loaded] = (await loadPlaybook(join(folder, "site.yml"))).plays;
  const host = inventory.hosts.get("web1");
  if (loaded === undefined || typeof loaded.steps === "function" || host === undefined)
    throw new Error("none");
  const memory = emptyMemory();
  // In a play before: what is set stays.
  new HostScope(host, runNames(inventory), { extraVars: one("extra"), memory }).set(one("set"));
  const scope = new HostScope(host, runNames(inventory), { extraVars: one("extra"), memory });
  scope.addPlayVars({
    play: loaded,
    answers: Object.fromEntries(Object.keys(one("prompt")).map((name) => [name, "prompt"])),
  });
  return scope.ofStep(allSteps(loaded.steps)[0]?.vars ?? {})["vars"] as Readonly<Record<string, Data>>;
}

function pairs<Level>(levels: readonly Level[]): (readonly [Level, Level])[] {
  return levels.slice(1).map((upper, index) => [levels[index] as Level, upper] as const);
}

describe("HostScope", () => {
  test.each(pairs(LEVELS))("takes a variable that %s and %s give from the latter", async (lower, upper) => {
    expect(await seen({ [lower]: "x", [upper]: "x" })).toEqual({ x: upper });
    expect(await seen({ [lower]: "x", [upper]: "y" })).toEqual({ x: lower, y: upper });
  });

  test.each(pairs(PLAY_LEVELS))(
    "takes a variable that %s and %s of a play give from the latter",
    async (lower, upper) => {
      expect(await seen({ [lower]: "x", [upper]: "x" })).toEqual({ x: upper });
    },
  );

  test.each([
    ["host", "vars"],
    ["later file", "step"],
  ] as const)("has the level of the play between host and step: %s and %s", async (lower, upper) => {
    expect(await seen({ [lower]: "x", [upper]: "x" })).toEqual({ x: upper });
  });

  test("takes what the highest level gives, when all of them give a variable", async () => {
    const all = Object.fromEntries([...LEVELS, ...PLAY_LEVELS].map((level) => [level, "x"]));
    expect(await seen(all)).toEqual({ x: "extra" });
    const { extra: _, ...others } = all;
    expect(await seen(others)).toEqual({ x: "set" });
  });

  test("keeps what was registered and set for a later play of the same host alone", async () => {
    const inventory = await loadInventory(["web1,web2,"]);
    const memories = { web1: emptyMemory(), web2: emptyMemory() };
    const scopeOf = (name: "web1" | "web2"): HostScope => {
      const host = inventory.hosts.get(name);
      if (host === undefined) throw new Error("none");
      return new HostScope(host, runNames(inventory), { extraVars: {}, memory: memories[name] });
    };
    const first = scopeOf("web1");
    first.register("health", "good");
    first.set({ release: "1.2" });
    expect(scopeOf("web1").ofStep({})).toMatchObject({ health: "good", vars: { release: "1.2" } });
    expect(scopeOf("web2").ofStep({})).not.toHaveProperty("health");
    expect(scopeOf("web2").vars).toEqual({});
  });
});
