/** What a doc comment says. Its texts are Markdown, with a line for each paragraph. */
export interface DocComment {
  /** What stands before the tags. */
  readonly text: string;
  readonly tags: readonly DocTag[];
}

/** `@name subject text`. */
export interface DocTag {
  readonly name: "param" | "returns" | "throws" | "default" | "see";
  /** The parameter, or the error that is thrown; `""` of other tags. */
  readonly subject: string;
  readonly text: string;
}

/** Parses a doc comment, with its asterisks. */
export function parseDocComment(comment: string): DocComment {
  const lines = comment
    .trim()
    .replaceAll(/^\/\*\*|\*\/$/g, "")
    .split("\n");
  const content = lines.map((line) => line.replace(/^\s*\* ?/, "").trimEnd()).join("\n");
  const [text = "", ...tags] = ` ${content}`.split(/\s+(?=@(?:param|returns|throws|default|see)(?:\s|$))/);
  return { text: joinLines(text), tags: tags.map(parseTag) };
}

function parseTag(source: string): DocTag {
  const [, name = "", rest = ""] = /^@(\w+)\s*(.*)$/s.exec(source) ?? [];
  const subject = { param: /^([\w.]+)\s*/, throws: /^\{(\w+)\}\s*/ }[name]?.exec(rest);
  return {
    name: name as DocTag["name"],
    subject: subject?.[1] ?? "",
    text: joinLines(rest.slice(subject?.[0].length ?? 0).replaceAll(/\n +/g, "\n")),
  };
}

/** Makes one line of the lines of a paragraph; tables, lists and indented examples keep theirs. */
function joinLines(text: string): string {
  return text.trim().replaceAll(/(?<=\S)\n(?=[^\s|*-])/g, " ");
}
