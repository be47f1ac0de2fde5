import type { ScalarTag } from "yaml";

/**
 * What plain scalars stand for in YAML 1.1, as PyYAML and so Ansible read them. Dates stay text.
 *
 * @see https://yaml.org/type/
 */
export const YAML_1_1_SCALARS: ScalarTag[] = [
  { tag: "tag:yaml.org,2002:null", default: true, test: /^(?:~|null|Null|NULL|)$/u, resolve: () => null },
  {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/u,
    resolve: (text) => /^(?:yes|true|on)$/iu.test(text),
  },
  {
    tag: "tag:yaml.org,2002:int",
    default: true,
    test: /^[-+]?(?:0b[01_]+|0[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/u,
    resolve: (text) => parseInteger(text.replaceAll("_", "")),
  },
  {
    tag: "tag:yaml.org,2002:float",
    default: true,
    test: /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/u,
    resolve: (text) => parseFloatingPoint(text.replaceAll("_", "")),
  },
];

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
