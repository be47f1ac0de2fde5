import type { ErrorObject } from "ajv/dist/2020.js";
import { loadAjv, loadAjvFormats } from "../documents/seldom-used.ts";
import type { Value } from "../etf/value.ts";
import type { SchemaCheck } from "./playbook.ts";

/** A JSON Schema that cannot be used, and the JSON Pointer to the place in it. */
export interface SchemaMistake {
  readonly pointer: string;
  readonly message: string;
}

/** Compiles the JSON Schema of an assertion. A keyword that does not exist is a mistake, not ignored. */
export function compileJsonSchema(
  schema: object | boolean,
): { check: SchemaCheck } | { mistakes: readonly SchemaMistake[] } {
  const { Ajv2020 } = loadAjv();
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    validateFormats: true,
  });
  loadAjvFormats().default(ajv);
  if (ajv.validateSchema(schema) !== true) {
    return { mistakes: withoutRepeats((ajv.errors ?? []).map(schemaMistake)) };
  }
  try {
    const validate = ajv.compile(schema);
    return {
      check: {
        problems: (value) =>
          validate(plainValue(value)) ? [] : (validate.errors ?? []).map((error) => describe(error)),
      },
    };
  } catch (error) {
    return { mistakes: [{ pointer: "", message: (error as Error).message.replace(/^strict mode: /, "") }] };
  }
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
