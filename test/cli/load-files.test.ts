import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { fusionPlay } from "./command-line.ts";

const folder = temporaryFolder();

test("playbooks may use what the ones before them on the command line register", async () => {
  const [first, second] = [join(folder, "first.yml"), join(folder, "second.yml")];
  writeFileSync(first, "hosts: all\nsteps: [{ run: 'a:b()', register: health }]\n");
  writeFileSync(second, "hosts: all\nsteps: [{ assert: health == 1 }]\n");
  expect(await fusionPlay("validate", first, second)).toMatchObject({ code: 0, stderr: "" });
  expect(await fusionPlay("validate", second, first)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('Unknown name "health"'),
  });
});
