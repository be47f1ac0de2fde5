/**
 * Characters that take two columns: East Asian wide and full-width ones, and emoji.
 *
 * @see https://www.unicode.org/reports/tr11/
 */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Characters that take none: combining marks, joiners. */
const ZERO_WIDTH = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** Asks for the emoji form of the character before it, which is a column wider in many terminals. */
const EMOJI_SELECTOR = "\ufe0f";

/**
 * Counts the columns that `text` takes in a terminal. Where terminals differ (flags, joined emoji)
 * the larger number counts: a line that is cut too early is better than one that wraps.
 */
export function displayWidth(text: string): number {
  // The usual line, without a look at each character.
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Gives as much of the beginning of `text` as fits into `width` columns. */
export function fitWidth(text: string, width: number): string {
  let taken = "";
  let left = width;
  for (const character of text) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

function characterWidth(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (character === EMOJI_SELECTOR) return 1;
  if (WIDE.test(character)) return 2;
  return ZERO_WIDTH.test(character) ? 0 : 1;
}
