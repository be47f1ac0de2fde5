import { expect, test } from "vitest";
import { listSchema } from "../../src/report/list-schema.ts";

test("schemas/list.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(listSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/list.schema.json",
  );
});
