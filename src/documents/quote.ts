const MAX_LENGTH = 60;

/** Writes a user's text between quotes: on one line, with control characters escaped, and not too long. */
export function quote(text: string): string {
  const characters = Array.from(text);
  const shown = characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join("")}…` : text;
  return JSON.stringify(shown).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
