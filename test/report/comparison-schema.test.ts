import { expect, test } from "vitest";
import { comparisonSchema } from "../../src/report/comparison-schema.ts";

test("schemas/diff.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(comparisonSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/diff.schema.json",
  );
});
