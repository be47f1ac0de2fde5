import { Type, type TSchema } from "typebox";

/**
 * Says what a key of a report means, for those who read the schema.
 *
 * @param examples values that the schema accepts; not needed where the schema itself lists them
 */
export function described(schema: TSchema, description: string, ...examples: readonly unknown[]): TSchema {
  return Type.Unsafe({ ...schema, description, ...(examples.length > 0 ? { examples } : {}) });
}
