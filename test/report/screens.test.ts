// What a person sees of a run of five hosts and of five hundred, in the middle and at the end: the screens are in
// test/fixtures/screens.
import { describe, expect, test } from "vitest";
import { displayWidth } from "../../src/report/display-width.ts";
import { PseudoTerminal, type PseudoTerminalOptions } from "./pseudo-terminal.ts";

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
] as const;

/** The screen in the middle of the run, and all that is shown and was shown at its end. */
async function play(hosts: number, options: PseudoTerminalOptions, ...args: string[]): Promise<Played> {
  await using terminal = new PseudoTerminal([`fleet-${hosts}`, ...args], options);
  for (const clock of ["0:00", "0:04", "0:06"]) {
    await terminal.drawn(`  ${clock}`);
    terminal.next();
  }
  await terminal.drawn("  0:20");
  const middle = terminal.screen;
  terminal.next();
  await terminal.drawn("FAILURES");
  terminal.next();
  await terminal.exit;
  // The end of the process may be told before the last of what it wrote, which gives the cursor back.
  await expect.poll(() => terminal.cursorVisible, { timeout: 20_000 }).toBe(true);
  return { middle, end: terminal.screen, history: terminal.history, raw: terminal.raw };
}

interface Played {
  readonly middle: string;
  readonly end: string;
  readonly history: string;
  /** All that was written. */
  readonly raw: string;
}

function fileOf(name: string): string {
  return `../fixtures/screens/${name}.txt`;
}

describe.each(SIZES)("$columns×$rows", (size) => {
  test.each([5, 500])("%i hosts", async (hosts) => {
    const { middle, end, history } = await play(hosts, size);
    const name = `${hosts}-hosts-${size.columns}x${size.rows}`;
    await expect(`${middle}\n`).toMatchFileSnapshot(fileOf(`${name}-middle`));
    await expect(`${end}\n`).toMatchFileSnapshot(fileOf(`${name}-end`));
    await expect(`${history}\n`).toMatchFileSnapshot(fileOf(`${name}-all`));
    expect(middle.split("\n").length).toBeLessThanOrEqual(size.rows);
  });
});

test("40 columns: nothing is cut in the middle that was made for more", async () => {
  const { history } = await play(5, { columns: 40, rows: 24 }, "--profile");
  await expect(`${history}\n`).toMatchFileSnapshot(fileOf("5-hosts-40x24-all"));
});

test("without colours the screens are the same, and nothing but text and the cursor is written", async () => {
  const [size] = SIZES;
  const colored = await play(5, size);
  const plain = await play(5, { ...size, env: { NO_COLOR: "1" } });
  expect(plain.history).toBe(colored.history);
  expect(plain.middle).toBe(colored.middle);
  // oxlint-disable-next-line no-control-regex -- escape sequences are what it is about
  const styles = /\u001b\[[\d;]*m/g;
  expect(colored.raw.match(styles)?.length).toBeGreaterThan(10);
  expect(plain.raw.match(styles)).toBeNull();
});

test("where the locale has no UTF-8, all is ASCII and no line wider", async () => {
  const [size] = SIZES;
  const { history, middle, raw } = await play(5, { ...size, env: { LANG: "C" } }, "--profile");
  await expect(`${history}\n`).toMatchFileSnapshot(fileOf("5-hosts-80x24-ascii"));
  // oxlint-disable-next-line no-control-regex -- control characters of the display itself
  expect(raw).toMatch(/^[\u0000-\u007f]*$/);
  for (const line of middle.split("\n")) expect(displayWidth(line)).toBeLessThan(size.columns);
});
