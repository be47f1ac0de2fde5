import { expect, test } from "vitest";
import { sourcePath } from "../../../src/report/formats/source-path.ts";

test.each([
  ["site.yml", "site.yml"],
  ["./playbooks/../site.yml", "site.yml"],
  ["/home/me/project/steps/a b.yml", "steps/a b.yml"],
  ["/home/me/project/..hidden/site.yml", "..hidden/site.yml"],
  ["../other/site.yml", "../other/site.yml"],
  ["/elsewhere/site.yml", "/elsewhere/site.yml"],
])("sourcePath() makes %j %j in its folder", (file, path) => {
  expect(sourcePath(file, "/home/me/project")).toBe(path);
});
