/** Text that Markdown shows as it is, in a cell as well. */
export function inline(text: string): string {
  return text.replace(/[\\`*_[\]<>|~#&]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

/** Lines that show text as it is; a fence must be longer than any in it. */
export function fenced(text: string): string[] {
  const fence = "`".repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length + 1)));
  return [fence, text, fence];
}
