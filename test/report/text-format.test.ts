import { expect, test } from "vitest";
import { canShowLive, detectTextFormat } from "../../src/report/text-format.ts";

const terminal = { isTTY: true, env: { LANG: "en_US.UTF-8", TERM: "xterm" }, noColor: false };

test("detectTextFormat() shows all on a terminal", () => {
  expect(detectTextFormat(terminal)).toEqual({ color: true, unicode: true });
});

test.each([
  ["--no-color", { ...terminal, noColor: true }],
  ["NO_COLOR", { ...terminal, env: { ...terminal.env, NO_COLOR: "0" } }],
  ["a dumb terminal", { ...terminal, env: { ...terminal.env, TERM: "dumb" } }],
  ["a pipe", { ...terminal, isTTY: false }],
])("detectTextFormat() gives no colours with %s", (_name, options) => {
  expect(detectTextFormat(options)).toEqual({ color: false, unicode: true });
});

test("detectTextFormat() ignores an empty NO_COLOR", () => {
  expect(detectTextFormat({ ...terminal, env: { ...terminal.env, NO_COLOR: "" } }).color).toBe(true);
});

test.each([
  [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, false],
  [{ LC_ALL: "", LC_CTYPE: "de_DE.utf8", LANG: "C" }, true],
  [{ LANG: "C.UTF-8" }, true],
  [{ LANG: "de_DE.ISO-8859-1" }, false],
  [{}, false],
])("detectTextFormat() takes the locale of %j", (env, unicode) => {
  expect(detectTextFormat({ ...terminal, env }).unicode).toBe(unicode);
});

test.each(["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"])(
  "detectTextFormat() knows by %s that its reader takes commands",
  (name) => {
    const env = { ...terminal.env, [name]: "true" };
    expect(detectTextFormat({ ...terminal, env })).toEqual({
      color: true,
      unicode: true,
      takesCommands: true,
    });
  },
);

test("canShowLive() needs a terminal that moves its cursor", () => {
  expect(canShowLive(terminal)).toBe(true);
  expect(canShowLive({ isTTY: false, env: terminal.env })).toBe(false);
  expect(canShowLive({ isTTY: true, env: { TERM: "dumb" } })).toBe(false);
});
