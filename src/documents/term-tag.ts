import { Atom, charlist, Tuple, type Term } from "../etf/term.ts";
import { dataToTerm, TermList, type Data } from "../etf/data.ts";
import { holdsSecret, revealData } from "../etf/secret-data.ts";
import { secret } from "../secret.ts";
import { quote } from "./quote.ts";
import { didYouMean } from "./suggestion.ts";

/** What a tag made of its content, or why it could not. */
export type TagResult =
  { readonly data: Data } | { readonly problem: string; readonly hint?: string | undefined };

/** What the tag of a YAML value says about the term that is meant. */
const TAGS: Readonly<Record<string, (content: Data) => TagResult>> = {
  "!atom": toAtom,
  "!tuple": toTuple,
  "!charlist": toCharlist,
  "!keyword": toKeyword,
};

/**
 * Applies a local tag to the data of the value that bears it: `!atom ok`, `!tuple [a, b]`,
 * `!charlist "abc"`, `!keyword {a: 1}`. What is made of secrets is one.
 */
export function applyTag(tag: string, content: Data): TagResult {
  const apply = Object.hasOwn(TAGS, tag) ? TAGS[tag] : undefined;
  if (apply !== undefined) {
    const result = apply(revealData(content));
    return "data" in result && holdsSecret(content) ? { data: secret(result.data) } : result;
  }
  if (tag === "!vault") return { problem: "Values encrypted by Ansible Vault are not read here" };
  const known = Object.keys(TAGS);
  return {
    problem: `Unknown tag ${quote(tag)}`,
    hint: didYouMean(tag, known) ?? `Known tags: ${known.join(", ")}, !secret and !!binary`,
  };
}

/** Characters that an atom may have. */
const MAX_ATOM_LENGTH = 255;

function toAtom(content: Data): TagResult {
  if (typeof content !== "string") return { problem: "!atom expects text" };
  if (Array.from(content).length > MAX_ATOM_LENGTH) {
    return { problem: `An atom has at most ${MAX_ATOM_LENGTH} characters` };
  }
  return { data: new Atom(content) };
}

function toTuple(content: Data): TagResult {
  if (!Array.isArray(content)) return { problem: "!tuple expects a list" };
  return { data: new Tuple((content as readonly Data[]).map(dataToTerm)) };
}

function toCharlist(content: Data): TagResult {
  if (typeof content !== "string") return { problem: "!charlist expects text" };
  return { data: new TermList(charlist(content)) };
}

function toKeyword(content: Data): TagResult {
  if (!isPlainMapping(content)) return { problem: "!keyword expects a mapping" };
  const pairs: Term[] = [];
  for (const [key, value] of Object.entries(content)) {
    const name = toAtom(key);
    if ("problem" in name) return name;
    pairs.push(new Tuple([new Atom(key), dataToTerm(value)]));
  }
  return { data: pairs };
}

function isPlainMapping(content: Data): content is { readonly [key: string]: Data } {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return false;
  const prototype: unknown = Object.getPrototypeOf(content);
  return prototype === null || prototype === Object.prototype;
}
