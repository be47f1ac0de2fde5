import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { expandLimit } from "../../src/inventory/expand-limit.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { selectHosts } from "../../src/inventory/select-hosts.ts";

const names = (selection: { hosts: readonly { name: string }[] }): string[] =>
  selection.hosts.map((host) => host.name);

test("selectHosts() tells which parts name nothing, when a name is misspelt", async () => {
  const inventory = await loadInventory(["web1,web2,db1"]);
  expect(selectHosts(inventory, "web1,wbe2,~x+,!nobody,&all", "web1:staging")).toMatchObject({
    hosts: [{ name: "web1" }],
    unmatched: ["wbe2", "~x+", "nobody", "staging"],
  });
  expect(selectHosts(inventory, "*").unmatched).toEqual([]);
});

test("selectHosts() keeps the order of the pattern, when a limit is given", async () => {
  const inventory = await loadInventory(["web1,web2,db1,db2"]);
  expect(names(selectHosts(inventory, "db2,web2,web1", "web*:db2"))).toEqual(["db2", "web2", "web1"]);
  expect(names(selectHosts(inventory, "all", "!web1"))).toEqual(["web2", "db1", "db2"]);
});

test("selectHosts() takes linear time, when a regular expression would backtrack", async () => {
  const inventory = await loadInventory([`${"a".repeat(200)},b`]);
  const start = performance.now();
  expect(selectHosts(inventory, "~(a+)+$b,*a*a*a*a*a*a*a*a*a*a*c").hosts).toEqual([]);
  expect(performance.now() - start).toBeLessThan(1000);
});

test("selectHosts() refuses a regular expression or a bracket that is wrong, or needs backtracking", async () => {
  const inventory = await loadInventory(["a,b"]);
  for (const pattern of ["web[", "~[a", "a:web]", "~(", "~(?=a)a", String.raw`~(a)\1`]) {
    expect(() => selectHosts(inventory, pattern)).toThrow(expect.objectContaining({ code: "USAGE" }));
  }
});

test("selectHosts() and expandLimit() refuse what names no part, and would stand for every host", async () => {
  const inventory = await loadInventory(["a,b"]);
  for (const pattern of ["", ",", " : ", ", ,"]) {
    const refusal = expect.objectContaining({
      code: "USAGE",
      message: `Cannot read the host pattern "${pattern}": it is empty`,
    });
    expect(() => selectHosts(inventory, pattern)).toThrow(refusal);
    expect(() => selectHosts(inventory, "all", pattern)).toThrow(refusal);
    await expect(expandLimit(pattern)).rejects.toThrow(refusal);
  }
});

test("selectHosts() refuses an index that is too high, when it would take nothing out", async () => {
  const inventory = await loadInventory(["web1,web2,db1"]);
  for (const pattern of ["web*[2]", "all:!web*[7]", "web*[-3]"]) {
    expect(() => selectHosts(inventory, pattern)).toThrow(
      expect.objectContaining({
        code: "NO_HOST_MATCHED",
        message: `Cannot pick a host with "${pattern.replace("all:!", "")}": only 2 match`,
      }),
    );
  }
  expect(selectHosts(inventory, "web*[2:9],nobody[3]").unmatched).toEqual(["nobody[3]"]);
});

test("expandLimit() puts the patterns of a file in the place of its name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "limit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "failed"), "web1\n\n  db* \n!db2\n");
  const inventory = await loadInventory(["web1,web2,db1,db2,mail"]);
  const limit = await expandLimit("@failed,mail", folder);
  expect(names(selectHosts(inventory, "all", limit))).toEqual(["web1", "db1", "mail"]);
  expect(await expandLimit("web1:!db2", folder)).toBe("web1:!db2");
  await writeFile(join(folder, "none"), "\n \n");
  expect(await expandLimit("@none,web1", folder)).toBe("web1,");
  await expect(expandLimit("@none", folder)).rejects.toMatchObject({
    code: "USAGE",
    message: 'Cannot read the host pattern "@none": it is empty',
  });
  await expect(expandLimit("@faild", folder)).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: 'Cannot read "faild": it does not exist',
    hint: 'Did you mean "failed"?',
  });
});
