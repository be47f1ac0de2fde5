/** Cuts text of a host that may have no end; reports have all of it. */
export function shorten(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
