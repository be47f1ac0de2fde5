import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Workspace } from "./workspace.ts";
import { readReport, type WrittenReport } from "./written-by-run.ts";

let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  const hosts = Object.fromEntries(["lab1", "lab2", "lab3"].map((name) => [name, hostOf(sshd)]));
  workspace = await openWorkspace({ all: { hosts } });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("a project that init wrote runs as it is, where its hosts are", async () => {
  const written = await workspace.run("init", "fleet");
  expect(written).toMatchObject({ exitCode: 0, stderr: "" });

  // The second inventory says where the hosts of the first one are now.
  const inventories = ["-i", "fleet/hosts.yml", "-i", "hosts.yml"];
  const report = join(workspace.folder, "report.json");
  const ended = await workspace.run("fleet/site.yml", ...inventories, "--report", `json=${report}`);
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });

  const { plays } = (await readReport(report)) as WrittenReport;
  expect(Object.keys(plays[0]?.hosts ?? {})).toEqual(["lab1", "lab2", "lab3"]);
  for (const { status, steps } of Object.values(plays[0]?.hosts ?? {})) {
    expect(status).toBe("ok");
    expect(steps.map(({ name, kind, status: step }) => `${name}: ${kind} ${step}`)).toEqual([
      "Health: run ok",
      "Memory is within bounds: assert ok",
      "Collect garbage where much memory is in use: run skipped",
      "Configuration files: eval ok",
      "There are some: assert ok",
    ]);
  }
});
