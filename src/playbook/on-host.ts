import { describeData } from "../documents/describe-data.ts";
import { describeNode } from "../documents/describe-node.ts";
import type { DocumentNode } from "../documents/node.ts";
import { dataToValue, type Data } from "../etf/data.ts";
import { holdsSecret, revealData } from "../etf/secret-data.ts";
import type { Value } from "../etf/value.ts";
import { FusionPlayError } from "../errors.ts";
import { secret } from "../secret.ts";
import type { HostTemplate, OnHost, Scope } from "./playbook.ts";
import { report, type Reading } from "./playbook-source.ts";
import { hasTemplate, readTemplate } from "./template.ts";

/** What may stand under a key. */
export interface Expected<Fitting> {
  /** The names that its expressions may use. */
  readonly known: readonly string[];
  readonly key: string;
  /** What fits, as messages say it. */
  readonly expected: string;
  readonly hint?: string | undefined;
  /** Gives what a value says; undefined of one that does not fit. */
  parse(value: Value): Fitting | undefined;
}

/** Reads a value in which `${{ … }}` may stand, so that each host has its own; undefined of one that does not fit. */
export function readOnHost<Fitting>(
  reading: Reading,
  node: DocumentNode,
  wanted: Expected<Fitting>,
): OnHost<Fitting> | undefined {
  if (hasTemplate(node)) return hostTemplate(reading, node, wanted);
  const { key, expected, hint, parse } = wanted;
  const fitting = parse(dataToValue(reading.source.data(node, [])));
  if (fitting !== undefined) return fitting;
  report(reading, node, { message: `"${key}" expects ${expected}, got ${describeNode(node)}`, hint });
  return undefined;
}

function hostTemplate<Fitting>(
  reading: Reading,
  node: DocumentNode,
  { known, key, expected, hint, parse }: Expected<Fitting>,
): HostTemplate<Fitting> {
  const { source } = reading;
  const template = readTemplate(reading, node, known);
  const { file, line, column } = source.locate(node);
  return {
    evaluate(scope) {
      const data = template.evaluate(scope);
      const fitting = parse(dataToValue(revealData(data)));
      if (fitting !== undefined) return fitting;
      const got = describeData(source.text.isSecret === true ? secret(data) : shownOf(data));
      throw new FusionPlayError(
        `Cannot do the step: "${key}" at ${file}:${line}:${column} expects ${expected}, got ${got}`,
        { code: "EXPRESSION_FAILED", hint },
      );
    },
  };
}

/** Data as it may be described: a part that is a secret makes one of all. */
export function shownOf(data: Data): Data {
  return holdsSecret(data) ? secret(data) : dataToValue(data);
}

/** Gives what a key says on a host. @throws {FusionPlayError} `EXPRESSION_FAILED` */
export function onHost<Fitting extends number | boolean | undefined>(
  value: OnHost<Fitting>,
  scope: Scope,
): Fitting {
  return typeof value === "object" ? value.evaluate(scope) : value;
}
