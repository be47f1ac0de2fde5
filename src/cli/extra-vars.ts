import { DocumentError, type Problem } from "../documents/document-error.ts";
import { nodeToData } from "../documents/node-to-data.ts";
import { parseYaml } from "../documents/parse-yaml.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { ansibleTags } from "../secrets/ansible-tags.ts";
import type { Keys } from "../secrets/keys.ts";
import { readEncryptedFile } from "../secrets/read-encrypted-file.ts";

/**
 * Reads the values of `--extra-vars`: `k=v`, where `v` is read as YAML reads a value (`n=3` is a
 * number), `@file` with YAML or JSON, which may be encrypted, or a JSON object. Later ones win.
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
  if (value.startsWith("@"))
    return mappingOf(await readEncryptedFile(value.slice(1), value.slice(1), keys), keys);
  if (value.trimStart().startsWith("{")) return mappingOf({ path: "--extra-vars", text: value }, keys);
  const [, name, text] = /^([A-Za-z_]\w*)=(.*)$/s.exec(value) ?? [];
  if (name === undefined || text === undefined) {
    throw new FusionPlayError(`Cannot read --extra-vars "${value}"`, {
      code: "USAGE",
      hint: 'Write name=value, @file, or a JSON object such as {"name": "value"}',
    });
  }
  return { [name]: text === "" ? "" : dataOf({ path: `--extra-vars ${name}`, text }, keys) };
}

function mappingOf(file: SourceFile, keys: Keys): Record<string, Data> {
  const data = dataOf(file, keys);
  if (isMapping(data)) return data;
  throw new FusionPlayError(`Cannot read ${file.path}: it holds no mapping of names to values`, {
    code: "USAGE",
  });
}

function dataOf(file: SourceFile, keys: Keys): Data {
  const problems: Problem[] = [];
  const data = nodeToData(parseYaml(file), file, problems, ansibleTags(keys, "value"));
  if (problems.length > 0) throw new DocumentError(problems);
  return data;
}

function isMapping(data: Data): data is Record<string, Data> {
  return typeof data === "object" && data !== null && Object.getPrototypeOf(data) === null;
}
