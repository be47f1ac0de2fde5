import { format, resolveConfig } from "prettier";
import type { DocTag } from "./doc-comment.ts";
import { typesIn, type ApiEntry, type ApiMember } from "./read-api.ts";

const INTRODUCTION = `# API

What \`import { … } from "fusion-play"\` gives. This page is made of the doc comments of the source code by \`npm run docs\`; [typescript.md](typescript.md) explains with examples.`;

/**
 * Writes the page of an API: `docs/api.md`.
 *
 * @param path where the page is, which says how it is formatted
 */
export async function apiPage(entries: readonly ApiEntry[], path: string): Promise<string> {
  const anchors = new Map(entries.map((entry) => [entry.name, anchorOf(entry)]));
  const sections = [...new Set(entries.map(({ section }) => section))].map((section) => {
    const own = entries.filter((entry) => entry.section === section);
    const contents = own.map(({ name }) => linkTo(name, anchors)).join(", ");
    return [`## ${section}`, contents, ...own.map((entry) => entryText(entry, anchors))].join("\n\n");
  });
  const page = [INTRODUCTION, ...sections].join("\n\n");
  return format(page, { ...(await resolveConfig(path)), parser: "markdown" });
}

type Anchors = ReadonlyMap<string, string>;

function anchorOf({ kind, name }: ApiEntry): string {
  return `${kind}-${name.toLowerCase()}`;
}

function linkTo(name: string, anchors: Anchors): string {
  const anchor = anchors.get(name);
  return anchor === undefined ? `\`${name}\`` : `[\`${name}\`](#${anchor})`;
}

function entryText(entry: ApiEntry, anchors: Anchors): string {
  const title = `${entry.kind} ${entry.name}`;
  return [
    `### ${title}`,
    entry.signature === title ? "" : codeBlock(entry.signature),
    docText(entry, anchors),
    entry.members.map((member) => memberText(member, entry.name, anchors)).join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** An item of a list; a signature of several lines stands below it. */
function memberText({ name, signature, doc }: ApiMember, owner: string, anchors: Anchors): string {
  const isLong = signature.includes("\n");
  const title = `\`${isLong ? name : signature}\``;
  const words = docText({ name: owner, signature, doc }, anchors);
  const text = words === "" ? title : `${title}: ${words}`;
  const whole = isLong ? `${text}\n\n${codeBlock(signature)}` : text;
  return `- ${whole.replaceAll(/\n(?=.)/g, "\n  ")}`;
}

function docText(
  { name, signature, doc }: Pick<ApiEntry, "name" | "signature" | "doc">,
  anchors: Anchors,
): string {
  const tags = (wanted: DocTag["name"]): string[] =>
    doc.tags.filter((tag) => tag.name === wanted).map((tag) => tagText(tag, anchors));
  // Code has no links.
  const types = typesIn(signature).filter((type) => type !== name && anchors.has(type));
  const short = [
    ...tags("default"),
    ...(types.length === 0 ? [] : [`Types: ${types.map((type) => linkTo(type, anchors)).join(", ")}.`]),
  ].join(" ");
  const text = textWithLinks(doc.text, anchors);
  const long = [tags("param").join("\n"), ...tags("returns"), ...tags("throws"), ...tags("see")];
  const isShort = !text.includes("\n\n") && long.every((part) => part === "");
  const parts = isShort ? [`${text} ${short}`.trim()] : [text, ...long, short];
  return parts.filter((part) => part !== "").join("\n\n");
}

function tagText({ name, subject, text }: DocTag, anchors: Anchors): string {
  const words = textWithLinks(text, anchors);
  switch (name) {
    case "param":
      return `- \`${subject}\`: ${words}`;
    case "throws":
      return `Throws ${linkTo(subject, anchors)}: ${words}.`;
    case "returns":
      return `Returns ${words}.`;
    case "default":
      return `Default: ${/^(?:"[^"]*"|\d+|true|false|\[\]|\{\})$/.test(text) ? `\`${text}\`` : words}.`;
    case "see":
      return `See ${words}.`;
  }
}

function textWithLinks(text: string, anchors: Anchors): string {
  return text.replaceAll(/\{@link(?:code)? (\w+)\}/g, (_, name: string) => linkTo(name, anchors));
}

function codeBlock(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}
