/** A word, number, text or sign of an expression of Jinja. */
export interface JinjaToken {
  readonly type: "name" | "number" | "text" | "sign";
  /** Of a text, what stands between its quotes, without escapes. */
  readonly text: string;
}

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d+)?)|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<sign>==|!=|<=|>=|\/\/|\*\*|[-+*/%~<>()[\]{}.,:|=]))/y;

/** Splits an expression of Jinja; undefined where something stands in it that is none. */
export function jinjaTokens(source: string): JinjaToken[] | undefined {
  const tokens: JinjaToken[] = [];
  const text = source.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const [type, found] = Object.entries(groups).find(([, value]) => value !== undefined) ?? [];
    if (found === undefined) return undefined;
    const inside = type === "text" ? found.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : found;
    tokens.push({ type: type as JinjaToken["type"], text: inside });
  }
  return tokens;
}
