/** What a schema says about a key, for editors and for `docs/playbooks.md`. */
export interface KeyDocumentation {
  readonly description: string;
  readonly examples: readonly unknown[];
  readonly default?: unknown;
}

/** Documents a key that must be there. */
export function required(description: string, ...examples: readonly unknown[]): KeyDocumentation {
  return { description: `${description} Required.`, examples };
}

/** Documents a key whose absence means the same as `value`. */
export function defaultsTo(
  value: unknown,
  description: string,
  ...examples: readonly unknown[]
): KeyDocumentation {
  return { description: `${description} Default: ${JSON.stringify(value)}.`, examples, default: value };
}

/** Documents a key whose absence means something that no value says. */
export function otherwise(
  meaning: string,
  description: string,
  ...examples: readonly unknown[]
): KeyDocumentation {
  return { description: `${description} Default: ${meaning}.`, examples };
}
