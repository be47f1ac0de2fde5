import type { ScalarTag } from "yaml";
import type { ResolvedScalar } from "./plain-yaml.ts";

type Resolve = (text: string) => null | boolean | bigint | number;

/** What plain scalars stand for: the first test that holds decides, and none means text. */
const FORMS: readonly { readonly type: string; readonly test: RegExp; readonly resolve: Resolve }[] = [
  { type: "null", test: /^(?:~|null|Null|NULL|)$/u, resolve: () => null },
  {
    type: "bool",
    test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/u,
    resolve: (text) => /^(?:yes|true|on)$/iu.test(text),
  },
  {
    type: "int",
    test: /^[-+]?(?:0b_*[01][01_]*|0[0-7_]+|0x_*[0-9a-fA-F][0-9a-fA-F_]*|0|[1-9][0-9_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/u,
    resolve: (text) => parseInteger(text.replaceAll("_", "")),
  },
  {
    type: "float",
    test: /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/u,
    resolve: (text) => parseFloatingPoint(text.replaceAll("_", "")),
  },
];

/**
 * What plain scalars stand for in YAML 1.1, as PyYAML and so Ansible read them. Dates stay text.
 *
 * @see https://yaml.org/type/
 */
export const YAML_1_1_SCALARS: ScalarTag[] = FORMS.map(({ type, test, resolve }) => ({
  tag: `tag:yaml.org,2002:${type}`,
  default: true,
  test,
  resolve,
}));

/** What something else than text begins with. */
const NO_TEXT = /^[-+.~0-9nNyYtTfFoO]/u;

/** Gives what a plain scalar stands for. */
export function resolvePlain(text: string): ResolvedScalar {
  const form = NO_TEXT.test(text) ? FORMS.find(({ test }) => test.test(text)) : undefined;
  if (form === undefined) return { value: text, isFloat: false };
  const value = form.resolve(text);
  if (typeof value !== "bigint") return { value, isFloat: typeof value === "number" };
  return { value: Number.isSafeInteger(Number(value)) ? Number(value) : value, isFloat: false };
}

function parseInteger(text: string): bigint {
  const sign = text.startsWith("-") ? -1n : 1n;
  const digits = text.replace(/^[-+]/u, "");
  if (digits.includes(":"))
    return sign * digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  if (/^0[0-7]+$/u.test(digits)) return sign * BigInt(`0o${digits}`);
  return sign * BigInt(digits);
}

function parseFloatingPoint(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/u, "").toLowerCase();
  if (digits === ".inf") return sign * Infinity;
  if (digits === ".nan") return NaN;
  return sign * digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
