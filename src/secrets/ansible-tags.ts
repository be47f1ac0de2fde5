import type { ReadTag } from "../documents/node-to-data.ts";
import type { TagResult } from "../documents/term-tag.ts";
import type { Data } from "../etf/data.ts";
import type { Keys } from "./keys.ts";
import { MASK, secret } from "../secret.ts";

/**
 * What becomes of values that bear a tag of Ansible: what they stand for, as it is or with expressions in it, or
 * what `ansible-inventory` lists.
 */
export type TagPurpose = "value" | "template" | "listing";

const VAULT_TAGS = new Set(["!vault", "!vault-encrypted"]);

/** Says that a value is not to be shown. */
export const SECRET_TAG = "!secret";
const EXPRESSION = "${{";

/**
 * Makes a reader of Ansible's tags, and of our own `!secret`, which keeps a value of any kind out of what is shown:
 * `!vault` is decrypted, or listed as it is with the key `__ansible_vault`; `!unsafe` says that a text is no
 * template, which none is here, and is listed as such.
 */
export function ansibleTags(keys: Keys, purpose: TagPurpose): ReadTag {
  return (tag, content) => {
    if (VAULT_TAGS.has(tag)) return readVault(content, keys, purpose);
    if (tag === SECRET_TAG) return readSecret(content, keys, purpose);
    if (tag === "!unsafe") return { data: purpose === "listing" ? listUnsafe(content) : (content ?? "") };
    return undefined;
  };
}

/** Whether a value is an encrypted one that was read to be listed. */
export function isListedVault(data: Data): boolean {
  return typeof data === "object" && data !== null && VAULT_KEY in data;
}

const VAULT_KEY = "__ansible_vault";

function readVault(content: Data, keys: Keys, purpose: TagPurpose): TagResult {
  if (typeof content !== "string") return { problem: "!vault expects a text of Ansible Vault" };
  if (purpose === "listing") return { data: { [VAULT_KEY]: content } };
  const opened = keys.openVault(content);
  if (!("bytes" in opened)) return { problem: `This value ${opened.problem}`, hint: opened.hint };
  const text = new TextDecoder().decode(opened.bytes);
  keys.secrets.add(text);
  return { data: secret(text) };
}

function readSecret(content: Data, keys: Keys, purpose: TagPurpose): TagResult {
  if (holdsExpression(content)) {
    // What it gives is secret, not how it is made.
    if (purpose === "template") return { data: content };
    return { problem: "!secret expects a value here: expressions are read in playbooks" };
  }
  keys.secrets.addData(content);
  return { data: purpose === "listing" ? MASK : secret(content) };
}

function holdsExpression(data: Data): boolean {
  if (typeof data === "string") return data.includes(EXPRESSION);
  if (typeof data !== "object" || data === null || data instanceof Uint8Array) return false;
  return Object.values(data).some((part) => holdsExpression(part as Data));
}

function listUnsafe(content: Data): Data {
  if (typeof content === "string" || content === null) return { __ansible_unsafe: content ?? "" };
  if (Array.isArray(content)) return (content as readonly Data[]).map(listUnsafe);
  if (typeof content !== "object" || Object.getPrototypeOf(content) !== null) return content;
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, listUnsafe(value as Data)]));
}
