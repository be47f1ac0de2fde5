import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { FIND_ELIXIR_SOURCE } from "../../src/remote/find-elixir-source.ts";

test("FIND_ELIXIR_SOURCE takes versions of version managers, the newest first, and none for a newer OTP", async () => {
  const home = await mkdtemp(join(tmpdir(), "find-elixir-"));
  const folders = [
    ".asdf/installs/elixir/1.9.4",
    ".asdf/installs/elixir/1.15.7",
    ".asdf/installs/elixir/main",
    ".local/share/mise/installs/elixir/1.16.3-otp-23",
    ".local/share/mise/installs/elixir/1.18.1-otp-99",
  ];
  for (const folder of folders) await mkdir(join(home, folder), { recursive: true });
  const source = `${FIND_ELIXIR_SOURCE} [io:format("~ts~n", [Path]) || Path <- Managed("${home}")], halt().`;
  const { stdout } = await promisify(execFile)("erl", [
    "-noshell",
    "-boot",
    "no_dot_erlang",
    "-eval",
    source,
  ]);
  const found = [folders[3], folders[1], folders[0]].map((folder) => `${join(home, folder ?? "")}\n`);
  expect(stdout).toBe(found.join(""));
  await rm(home, { recursive: true });
});
