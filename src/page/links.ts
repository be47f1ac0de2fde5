/** What the address of the page names behind `#`: a step on a host, a host, or a step on all hosts. */
export type Place =
  | { readonly type: "cell"; readonly play: number; readonly host: number; readonly column: number }
  | { readonly type: "host"; readonly play: number; readonly host: number }
  | { readonly type: "step"; readonly play: number; readonly column: number };

/** Writes a place as a link names it. The page that is written links to cells and hosts in the same way. */
export function linkTo(place: Place): string {
  switch (place.type) {
    case "cell":
      return `#c${place.play}.${place.host}.${place.column}`;
    case "host":
      return `#h${place.play}.${place.host}`;
    case "step":
      return `#s${place.play}.${place.column}`;
  }
}

/** Reads what is behind `#`; undefined where it names nothing of the kind. */
export function placeOf(hash: string): Place | undefined {
  const [, type, ...numbers] = /^#([chs])(\d+)\.(\d+)(?:\.(\d+))?$/.exec(hash) ?? [];
  const [play = 0, second = 0, third] = numbers.map((number) =>
    number === undefined ? undefined : Number(number),
  );
  if (type === "c" && third !== undefined) return { type: "cell", play, host: second, column: third };
  if (type === "h" && third === undefined) return { type: "host", play, host: second };
  if (type === "s" && third === undefined) return { type: "step", play, column: second };
  return undefined;
}
