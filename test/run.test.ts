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

test("run() refuses to become somebody who has no name of a user, before it reads a file", async () => {
  const running = run({ playbooks: ["none.yml"], inventory: ["w1,"], become: true, becomeUser: "a b;c" });
  await expect(running).rejects.toMatchObject({
    code: "USAGE",
    message: 'Cannot become "a b;c": it is not the name of a user',
  });
});
