import { DocumentError, type Problem } from "../documents/document-error.ts";
import { nodeToData } from "../documents/node-to-data.ts";
import { parseYaml, type ParseOptions } from "../documents/parse-yaml.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { ansibleTags } from "../secrets/ansible-tags.ts";
import type { Keys } from "../secrets/keys.ts";
import { readEncryptedFile } from "../secrets/read-encrypted-file.ts";

/**
 * Reads the values of `--extra-vars`: `k=v`, where `v` is read as YAML reads a value (`n=3` is a
 * number), several of these with spaces between, `@file` with YAML or JSON, which may be encrypted, or a
 * JSON object. Later ones win.
 *
 * @throws {FusionPlayError} `USAGE`, `FILE_UNREADABLE`
 * @throws {DocumentError}
 */
export async function readExtraVars(values: readonly string[], keys: Keys): Promise<Record<string, Data>> {
  const vars: Record<string, Data> = {};
  for (const value of values) Object.assign(vars, await readOne(value, keys));
  return vars;
}

async function readOne(value: string, keys: Keys): Promise<Record<string, Data>> {
  if (value.startsWith("@")) {
    const file = await readEncryptedFile(value.slice(1), value.slice(1), keys);
    return mappingOf(file, keys, { scalars: "ansible" });
  }
  if (value.trimStart().startsWith("{")) return mappingOf({ path: "--extra-vars", text: value }, keys);
  const pairs = pairsIn(value).map(([name, text]) => {
    return [name, text === "" ? "" : dataOf({ path: `--extra-vars ${name}`, text }, keys)] as const;
  });
  return Object.fromEntries(pairs);
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

function mappingOf(file: SourceFile, keys: Keys, options?: ParseOptions): Record<string, Data> {
  const data = dataOf(file, keys, options);
  if (isMapping(data)) return data;
  throw new FusionPlayError(`Cannot read ${file.path}: it holds no mapping of names to values`, {
    code: "USAGE",
  });
}

function dataOf(file: SourceFile, keys: Keys, options?: ParseOptions): Data {
  const problems: Problem[] = [];
  const data = nodeToData(parseYaml(file, options), file, problems, ansibleTags(keys, "value"));
  if (problems.length > 0) throw new DocumentError(problems);
  return data;
}

function isMapping(data: Data): data is Record<string, Data> {
  return typeof data === "object" && data !== null && Object.getPrototypeOf(data) === null;
}
