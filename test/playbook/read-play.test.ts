import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadPlay, loadText } from "./playbook-file.ts";

test("readPlay() fills in what is not written", async () => {
  const play = await loadPlay("hosts: web\nsteps: []\n");
  expect(play).toMatchObject({
    name: "web",
    hosts: "web",
    modules: [],
    codeLoading: "closure",
    bundle: undefined,
    transport: undefined,
    gatherFacts: false,
    vars: {},
    steps: [],
    serial: [],
    maxFailPercentage: undefined,
    order: "inventory",
    anyErrorsFatal: false,
    ignoreUnreachable: false,
    location: { line: 1, column: 1 },
  });
});

test("readPlay() reads every key", async () => {
  const { file, plays } = await loadText(
    [
      "- name: Fleet",
      "  hosts: [web, '&staging']",
      "  modules: [lib/*.ex, ../ebin, ~/beams, /opt/ebin]",
      "  code_loading: closure+on_demand",
      "  vars: { a: 1, b: '${{ vars.a }}!' }",
      "  serial: [1, 25%, 2.5%, '3']",
      "  max_fail_percentage: 12.5",
      "  order: reverse_sorted",
      "  any_errors_fatal: true",
      "  ignore_unreachable: true",
      "  steps: []",
    ].join("\n"),
  );
  const [play] = plays;
  const folder = dirname(file);
  expect(play?.name).toBe("Fleet");
  expect(play?.hosts).toBe("web,&staging");
  expect(play?.modules).toEqual([
    join(folder, "lib/*.ex"),
    join(folder, "../ebin"),
    join(homedir(), "beams"),
    "/opt/ebin",
  ]);
  expect(play?.codeLoading).toBe("closure+on_demand");
  expect(play?.vars["b"]?.evaluate({ vars: { a: 1 } })).toBe("1!");
  expect(play?.serial).toEqual([{ hosts: 1 }, { percent: 25 }, { percent: 2.5 }, { hosts: 3 }]);
  expect(play?.maxFailPercentage).toBe(12.5);
  expect(play).toMatchObject({ order: "reverse_sorted", anyErrorsFatal: true, ignoreUnreachable: true });
  expect(play?.location).toEqual({ file, line: 1, column: 3 });
});

test("readPlay() takes a single path and a single batch size", async () => {
  const play = await loadPlay("hosts: all\nmodules: lib\nserial: 5\nsteps: []\n");
  expect(play.modules).toHaveLength(1);
  expect(play.serial).toEqual([{ hosts: 5 }]);
});

test("readPlay() knows what steps of plays before have registered, and what those of its own register later not", async () => {
  const plays = (use: string): string =>
    [
      "- { hosts: all, steps: [{ run: 'a:b()', register: first }] }",
      "- hosts: all",
      "  vars: { seen: '${{ first.x }}' }",
      `  steps: [{ run: 'a:b()', when: ${use} == 1 }, { run: 'a:b()', register: later }]`,
    ].join("\n");
  expect((await loadText(plays("first"))).plays.length).toBe(2);
  await expect(loadText(plays("later"))).rejects.toThrow('Unknown name "later"');
});
