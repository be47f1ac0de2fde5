import { DocumentError, type Problem } from "../documents/document-error.ts";
import { keyText } from "../documents/key-text.ts";
import type { DocumentNode } from "../documents/node.ts";
import { nodeToData } from "../documents/node-to-data.ts";
import { lineNumberAt } from "../documents/position.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import { isSecretName } from "../documents/secret-name.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { isSecretVariable } from "../inventory/connection-variables.ts";
import { secret } from "../secret.ts";
import { ansibleTags } from "../secrets/ansible-tags.ts";
import type { Keys } from "../secrets/keys.ts";
import { readEncryptedFile } from "../secrets/read-encrypted-file.ts";
import { withSecretPasswords } from "./secret-variables.ts";

/** A variable that `--extra-vars` gives. */
export interface ExtraVariable {
  readonly name: string;
  readonly data: Data;
  /** What was written where that is a single value: `0123` is a number, and yet may be a password. */
  readonly source: string | undefined;
  /** The file that holds it, or `--extra-vars`. */
  readonly file: string;
  /** Undefined where the command line itself gives it. */
  readonly line: number | undefined;
}

/**
 * Reads the values of `--extra-vars`: `k=v`, where `v` is read as YAML reads a value (`n=3` is a
 * number), several of these with spaces between, `@file` with YAML or JSON, which may be encrypted, or a
 * JSON object. Later ones win.
 *
 * @throws {FusionPlayError} `USAGE`, `FILE_UNREADABLE`
 * @throws {DocumentError}
 */
export async function readExtraVariables(values: readonly string[], keys: Keys): Promise<ExtraVariable[]> {
  const variables: ExtraVariable[] = [];
  for (const value of values) variables.push(...(await readOne(value, keys)));
  return variables;
}

/** The values of variables by name, of which passwords are secrets; later ones win. */
export function valuesOf(variables: readonly ExtraVariable[]): Record<string, Data> {
  return withSecretPasswords(Object.fromEntries(variables.map(({ name, data }) => [name, data])));
}

async function readOne(value: string, keys: Keys): Promise<ExtraVariable[]> {
  if (value.startsWith("@")) {
    const file = await readEncryptedFile(value.slice(1), value.slice(1), keys);
    return variablesIn(file, await parseYaml(file, { scalars: "ansible" }), keys);
  }
  if (value.trimStart().startsWith("{")) {
    const file = { path: "--extra-vars", text: value };
    return variablesIn(file, await parseYaml(file), keys).map((variable) => ({
      ...variable,
      line: undefined,
    }));
  }
  const variables: ExtraVariable[] = [];
  for (const [name, text] of pairsIn(value)) {
    const data = isTaken(name, text) ? text : await readValue(name, text, keys);
    variables.push({ name, data, source: text, file: "--extra-vars", line: undefined });
  }
  return variables;
}

/** Whether a value is the text that was written. A password is, whatever YAML would make of `%a`, `*b` or `12`. */
function isTaken(name: string, text: string): boolean {
  return text === "" || (isSecretVariable(name) && !MARKED.test(text));
}

/** A whole text in quotes, or one of the tags that inventories have for passwords. */
const MARKED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|!(?:secret|unsafe|vault|vault-encrypted)\s.*)$/su;

async function readValue(name: string, text: string, keys: Keys): Promise<Data> {
  const file = { path: `--extra-vars ${name}`, text, isSecret: isSecretName(name) };
  return dataOf(file, await parseYaml(file), keys);
}

/** Words that a shell would tell apart: quotes keep spaces together. */
const WORD = /(?:[^\s"']|"[^"]*"|'[^']*')+/gu;
const PAIR = /^([A-Za-z_]\w*)=(.*)$/su;

/** Splits `a=1 b=2`, as Ansible does, but not `message=two words`. */
function pairsIn(value: string): (readonly [name: string, text: string])[] {
  const words = value.match(WORD) ?? [];
  const isList = words.length > 1 && words.every((word) => PAIR.test(word));
  return (isList ? words : [value]).map((pair) => {
    const [, name, text] = PAIR.exec(pair) ?? [];
    if (name !== undefined && text !== undefined) return [name, text];
    // What was meant to be a value may be a password.
    throw new FusionPlayError("Cannot read what --extra-vars gives: it is no name=value", {
      code: "USAGE",
      hint: 'Write name=value, @file, or a JSON object such as {"name": "value"}',
    });
  });
}

function variablesIn(file: SourceFile, root: DocumentNode, keys: Keys): ExtraVariable[] {
  if (root.kind !== "mapping") {
    throw new FusionPlayError(`Cannot read ${file.path}: it holds no mapping of names to values`, {
      code: "USAGE",
    });
  }
  // All mistakes of a file are told at once.
  const all = dataOf(file, root, keys);
  if (file.isSecret === true) keys.secrets.addData(all);
  return root.entries.map(({ key, value }) => {
    const data = dataOf(file, value, keys);
    return {
      name: keyText(key),
      data: file.isSecret === true ? secret(data) : data,
      source: value.kind === "scalar" ? value.source : undefined,
      file: file.path,
      line: lineNumberAt(file, key.range[0]),
    };
  });
}

function dataOf(file: SourceFile, node: DocumentNode, keys: Keys): Data {
  const problems: Problem[] = [];
  const data = nodeToData(node, file, problems, ansibleTags(keys, "value"));
  if (problems.length > 0) throw new DocumentError(problems);
  return data;
}
