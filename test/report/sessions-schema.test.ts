import { expect, test } from "vitest";
import { sessionsSchema } from "../../src/report/sessions-schema.ts";

test("schemas/sessions.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(sessionsSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/sessions.schema.json",
  );
});
