import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { MODULE_ADVICE, moduleAdvice } from "../../../src/playbook/from-ansible/modules.ts";
import { PLAY_SCHEMA } from "../../../src/playbook/play-schema.ts";
import { STEP_KINDS } from "../../../src/playbook/step-schema.ts";
import { loadSteps } from "../playbook-file.ts";
import { ansibleModules } from "./ansible-doc.ts";

const steps = MODULE_ADVICE.flatMap(({ step }) => step ?? []);

test("moduleAdvice() has an answer of its own for every module of ansible-core that is no key here", () => {
  const own = [...STEP_KINDS, ...Object.keys((PLAY_SCHEMA as unknown as { properties: object }).properties)];
  const known = new Set(MODULE_ADVICE.flatMap(({ modules }) => modules));
  expect(ansibleModules().filter((name) => !known.has(name) && !own.includes(name))).toEqual([]);
  expect(STEP_KINDS.filter((kind) => known.has(kind))).toEqual([]);
});

test("moduleAdvice() takes short names, whole names and unknown whole names, and nothing else", () => {
  expect(moduleAdvice("slurp")).toBe(
    'Read the file; what it holds is the result of the step:\n    run: file:read_file("/etc/motd")',
  );
  expect(moduleAdvice("ansible.builtin.slurp")).toBe(moduleAdvice("slurp"));
  expect(moduleAdvice("community.docker.docker_container")).toContain("Call a function of Erlang or Elixir");
  expect(["docker_container", "a.b", "1.2.3", "register"].map(moduleAdvice)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("the steps that moduleAdvice() proposes are valid, and call functions that Erlang and Elixir have", async () => {
  const loaded = await loadSteps(steps.map((step) => `- ${step.replaceAll("\n", "\n  ")}`).join("\n"));
  const calls = loaded.flatMap((step) => (step.kind === "run" ? [step.call] : []));
  expect(calls.length).toBeGreaterThan(15);
  const exported = calls.map(({ module, function: name, arity }) => {
    const mfa = [module, name].map((atom) => `:${JSON.stringify(atom)}`).join(", ");
    return `Code.ensure_loaded?(:"${module}") and function_exported?(${mfa}, ${arity})`;
  });
  const program = `IO.write(inspect([${exported.join(", ")}], limit: :infinity))`;
  const answer = execFileSync("elixir", ["-e", program], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const found = JSON.parse(answer) as boolean[];
  expect(calls.filter((_, index) => found[index] !== true).map(({ source }) => source)).toEqual([]);
});
