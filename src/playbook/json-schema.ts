import type { Ajv2020, ErrorObject } from "ajv/dist/2020.js";
import { loadAjv, loadAjvFormats, loadRe2 } from "../documents/seldom-used.ts";
import type { Value } from "../etf/value.ts";
import type { SchemaCheck } from "./playbook.ts";

/** A JSON Schema that cannot be used, and the JSON Pointer to the place in it. */
export interface SchemaMistake {
  readonly pointer: string;
  readonly message: string;
  /** What to do about it, where that is known. */
  readonly hint?: string;
}

/** Of a value with more parts than this, the first problem is told: a host may send one with millions of them. */
const MOST_PARTS = 10_000;
const MOST_PROBLEMS = 20;

const RE2_HINT = "Write it without lookaround and backreferences, whose time has no bound";

/** Compiles the JSON Schema of an assertion. A keyword that does not exist is a mistake, not ignored. */
export function compileJsonSchema(
  schema: object | boolean,
): { check: SchemaCheck } | { mistakes: readonly SchemaMistake[] } {
  const ajv = makeAjv({ allErrors: false });
  const judge = makeAjv({ allErrors: true });
  if (judge.validateSchema(schema) !== true) {
    return { mistakes: withoutRepeats((judge.errors ?? []).map(schemaMistake)) };
  }
  try {
    const isValid = ajv.compile(schema);
    return {
      check: {
        problems: (value) => {
          const plain = plainValue(value);
          if (isValid(plain)) return [];
          const validate = countParts(plain, MOST_PARTS) < MOST_PARTS ? judge.compile(schema) : isValid;
          validate(plain);
          return problemsOf(validate.errors ?? []);
        },
      },
    };
  } catch (error) {
    const message = (error as Error).message.replace(/^strict mode: /, "");
    return { mistakes: [patternMistake(schema) ?? { pointer: "", message }] };
  }
}

/** Makes a validator that takes a value of a host in little time: its texts and lists may be large, and chosen to hurt. */
function makeAjv({ allErrors }: { readonly allErrors: boolean }): Ajv2020 {
  const { Ajv2020 } = loadAjv();
  // The code is for validators that are written to a file.
  const regExp = Object.assign((pattern: string) => compileRe2(pattern), { code: "compileRe2" });
  const ajv = new Ajv2020({
    allErrors,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    validateFormats: true,
    code: { regExp },
  });
  loadAjvFormats().default(ajv);
  // That of the package compares each item with each other one.
  ajv.removeKeyword("uniqueItems");
  return ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: (isWanted: boolean, items: readonly unknown[]) => !isWanted || areUnique(items),
    error: { message: "must NOT have duplicate items" },
  });
}

/** @throws {Error} for what RE2 does not know, lookaround and backreferences among it */
function compileRe2(pattern: string): { test(text: string): boolean } {
  const { RE2JS } = loadRe2();
  // The translation makes a letter of it.
  if (/^(?:[^\\]|\\[^])*?\\k/.test(pattern)) throw new Error("backreferences are not known");
  return RE2JS.compile(RE2JS.translateRegExp(pattern));
}

/** The first pattern of a schema that cannot be used: whoever compiles the schema does not tell where it stands. */
function patternMistake(schema: unknown, pointer = ""): SchemaMistake | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  for (const [key, part] of Object.entries(schema) as [string, unknown][]) {
    const at = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const isName = pointer.endsWith("/patternProperties");
    const pattern = isName ? key : key === "pattern" && typeof part === "string" ? part : undefined;
    if (pattern !== undefined && !isRe2(pattern)) {
      return { pointer: at, message: "this is no regular expression of RE2", hint: RE2_HINT };
    }
    const inner = patternMistake(part, at);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function isRe2(pattern: string): boolean {
  try {
    compileRe2(pattern);
    return true;
  } catch {
    return false;
  }
}

function areUnique(items: readonly unknown[]): boolean {
  const seen = new Set<string>();
  return items.every((item) => seen.size < seen.add(JSON.stringify(sorted(item))).size);
}

/** The same value with its keys in order, so that equal values are written alike. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const pairs = Object.entries(value).map(([key, part]): [string, unknown] => [key, sorted(part)]);
  return { pairs: pairs.toSorted(([one], [other]) => (one < other ? -1 : 1)) };
}

/** Counts a value and all that is in it, up to a limit. */
function countParts(value: unknown, limit: number): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const part of Object.values(value)) {
    if (count >= limit) break;
    count += countParts(part, limit - count);
  }
  return count;
}

function problemsOf(errors: readonly ErrorObject[]): string[] {
  const problems = errors.slice(0, MOST_PROBLEMS).map(describe);
  const left = errors.length - problems.length;
  return left > 0 ? [...problems, `and ${left} more`] : problems;
}

function schemaMistake({ instancePath, message, params }: ErrorObject): SchemaMistake {
  const allowed = (params as { allowedValues?: readonly unknown[] }).allowedValues;
  const values = allowed === undefined ? "" : `: ${allowed.map(String).join(", ")}`;
  return { pointer: instancePath, message: `${message ?? "is not valid"}${values}` };
}

/** A union in the schema of schemas reports each of its branches: the first says enough of a place. */
function withoutRepeats(mistakes: readonly SchemaMistake[]): SchemaMistake[] {
  return mistakes.filter(
    ({ pointer }, index) => mistakes.findIndex((other) => other.pointer === pointer) === index,
  );
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~");
  const subject = path === "" ? "the value" : path;
  const { additionalProperty, allowedValues, allowedValue } = params as {
    additionalProperty?: string;
    allowedValues?: readonly unknown[];
    allowedValue?: unknown;
  };
  const detail =
    additionalProperty !== undefined
      ? `: ${additionalProperty}`
      : allowedValues !== undefined
        ? `: ${allowedValues.map((value) => JSON.stringify(value)).join(", ")}`
        : allowedValue !== undefined
          ? `: ${JSON.stringify(allowedValue)}`
          : "";
  return `${subject} ${message ?? "is not valid"}${detail}`;
}

/** What a validator sees of a value: a big integer is a number to it, and bytes are base64. */
function plainValue(value: Value): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Value) => plainValue(item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item as Value)]));
}
