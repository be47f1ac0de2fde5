import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FusionPlayError } from "../src/errors.ts";
import { run } from "../src/run.ts";
import { secret } from "../src/secret.ts";
import { temporaryFolder } from "./beam/temporary-folder.ts";

test("run() throws errors without the secrets that were given", async () => {
  const file = join(temporaryFolder(), "secret-hosts.yml");
  const hosts = "${{ vars.target }},${{ vars.target.substring(0, 5) }}";
  writeFileSync(file, `{ hosts: "${hosts}", steps: [{ run: "erlang:node()" }] }\n`);
  const request = { playbooks: [file], inventory: ["w1,"], extraVars: { target: secret("hunter2") } };
  const error = await run(request).catch((thrown: unknown) => thrown);
  if (!(error instanceof FusionPlayError)) throw error;
  expect(error.code).toBe("NO_HOST_MATCHED");
  expect(error.message).toContain('no host matches "********,********"');
  expect(String(error.stack)).not.toContain("hunte");
});
