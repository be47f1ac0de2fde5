import xterm from "@xterm/headless";
import { expect, test } from "vitest";
import { displayWidth, fitWidth } from "../../src/report/display-width.ts";

test.each([
  ["plain", 5],
  ["Grüße", 5],
  ["日本語", 6],
  ["한국어", 6],
  ["ｆｕｌｌ", 8],
  ["ﾊﾝｶｸ", 4],
  ["e\u0301", 1],
  ["🎉", 2],
  ["…", 1],
  ["", 0],
])("displayWidth() of %s is %i", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test("displayWidth() agrees with a terminal on every character of the scripts that have wide ones", async () => {
  const terminal = new xterm.Terminal({ cols: 20, rows: 2, allowProposedApi: true });
  const ranges = [
    [0x20, 0x7e],
    [0xa1, 0x24f],
    [0x370, 0x482],
    [0x2e80, 0x2e99],
    [0x3001, 0x3029],
    [0x3041, 0x3096],
    [0x30a1, 0x31ba],
    [0x3400, 0x34ff],
    [0x4e00, 0x4eff],
    [0xac00, 0xacff],
    [0xf900, 0xf9ff],
    [0xff01, 0xff60],
    [0x20000, 0x200ff],
  ] as const;
  for (const [first, last] of ranges) {
    for (let code = first; code <= last; code += 1) {
      const character = String.fromCodePoint(code);
      if (character === "\u00ad") continue; // Terminals do not agree about the soft hyphen.
      await new Promise<void>((resolve) => terminal.write(`\r${character}`, resolve));
      expect(displayWidth(character), `U+${code.toString(16)}`).toBe(terminal.buffer.active.cursorX);
    }
  }
  terminal.dispose();
});

test("fitWidth() takes what fits, and no half of a wide character", () => {
  expect(fitWidth("日本語", 6)).toBe("日本語");
  expect(fitWidth("日本語", 5)).toBe("日本");
  expect(fitWidth("e\u0301x", 1)).toBe("e\u0301");
  expect(fitWidth("abc", 0)).toBe("");
});
