import { describeNode } from "../documents/describe-node.ts";
import type { DocumentNode } from "../documents/node.ts";
import type { Value } from "../etf/value.ts";
import { readBeforeRun, type BeforeRun } from "./before-run.ts";
import type { BatchSize } from "./playbook.ts";
import { report, type Reading } from "./playbook-source.ts";
import { oneOrMore } from "./step-context.ts";
import { hasTemplate } from "./template.ts";

const EXPECTED = 'a number of hosts or a percentage such as "25%"';

/** Reads the key `serial` of a play: a size of batches, or several. */
export function readSerial(
  reading: Reading,
  node: DocumentNode | undefined,
  beforeRun: BeforeRun,
): readonly BatchSize[] {
  if (node !== undefined && hasTemplate(node)) {
    const expected = `${EXPECTED}, or a list of them`;
    return readBeforeRun(reading, node, { beforeRun, key: "serial", expected, parse: sizesOf }) ?? [];
  }
  return oneOrMore(node).flatMap((item) => {
    // The schema says what is neither text nor a number.
    if (item.kind !== "scalar") return [];
    if (typeof item.value === "number") return [{ hosts: item.value }];
    if (typeof item.value !== "string") return [];
    const size = sizeOf(item.value);
    if (size !== undefined) return [size];
    report(reading, item, { message: `"serial" expects ${EXPECTED}, got ${describeNode(item)}` });
    return [];
  });
}

function sizesOf(value: Value): readonly BatchSize[] | undefined {
  const sizes = [value].flat().map((item: Value) => sizeOf(item));
  const known = sizes.filter((size) => size !== undefined);
  return known.length === sizes.length && known.length > 0 ? known : undefined;
}

function sizeOf(value: Value): BatchSize | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(value).trim()) ?? [];
  const size = Number(digits);
  if (digits === undefined || size === 0) return undefined;
  if (percent === "%") return size <= 100 ? { percent: size } : undefined;
  return Number.isInteger(size) ? { hosts: size } : undefined;
}
