import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import {
  expectMistakesOfPlay,
  framesOfPlay,
  isMistakeOfPlay,
  placeInPlay,
} from "../../src/documents/frames-of-play.ts";

const OURS = `    at run (${join(import.meta.dirname, "../../src/engine/run.ts")}:1:2)`;
const OURS_BY_URL = `    at async ${pathToFileURL(join(import.meta.dirname, "../../src/cli/main.ts")).href}:3:4`;
const THEIRS = "    at steps (/home/me/play.ts:5:6)";
const PACKAGE = "    at /home/me/node_modules/pkg/index.js:7:8";
const NODE = "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";

function stack(...frames: readonly string[]): string {
  return ["Error: no", ...frames].join("\n");
}

function withStack(...frames: readonly string[]): Error {
  return Object.assign(new Error("no"), { stack: stack(...frames) });
}

test("framesOfPlay() leaves out what called the play, and keeps what the play called", () => {
  expect(framesOfPlay(stack(OURS, THEIRS, PACKAGE, NODE, OURS, OURS_BY_URL))).toBe(
    stack(OURS, THEIRS, PACKAGE),
  );
  expect(framesOfPlay(stack(OURS, NODE))).toBe(stack(OURS, NODE));
});

test("isMistakeOfPlay() goes by the first frame that is of the program, or of no package", () => {
  expect(isMistakeOfPlay(withStack(NODE, THEIRS, OURS))).toBe(true);
  expect(isMistakeOfPlay(withStack(PACKAGE, THEIRS))).toBe(true);
  expect(isMistakeOfPlay(withStack(OURS, THEIRS))).toBe(false);
  expect(isMistakeOfPlay(withStack(OURS_BY_URL, THEIRS))).toBe(false);
  expect(isMistakeOfPlay(withStack(PACKAGE, NODE))).toBe(false);
});

test("isMistakeOfPlay() goes by whether there is a play, where no frame can tell", () => {
  expect(isMistakeOfPlay("text")).toBe(false);
  expect(isMistakeOfPlay(withStack(NODE))).toBe(false);
  expectMistakesOfPlay();
  expect(isMistakeOfPlay("text")).toBe(true);
  expect(isMistakeOfPlay(withStack(NODE))).toBe(true);
  expect(isMistakeOfPlay(withStack(PACKAGE, NODE))).toBe(false);
  expect(isMistakeOfPlay(withStack(OURS, NODE))).toBe(false);
});

test("placeInPlay() is the first place outside of the program and of packages", () => {
  const play = "/home/me/play.ts";
  expect(placeInPlay(withStack(NODE, PACKAGE, OURS, THEIRS), play)).toEqual({
    file: play,
    line: 5,
    column: 6,
  });
  expect(placeInPlay(withStack(NODE, PACKAGE, OURS), play)).toBeUndefined();
  const packaged = "/home/me/node_modules/pkg/index.js";
  expect(placeInPlay(withStack(NODE, PACKAGE, OURS), packaged)).toMatchObject({ file: packaged });
});
