import { expect, test } from "vitest";
import { doctorSchema } from "../../src/report/doctor-schema.ts";

test("schemas/doctor.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(doctorSchema, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/doctor.schema.json",
  );
});
