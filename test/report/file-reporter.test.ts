import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileReporter } from "../../src/report/file-reporter.ts";
import { checkReportFolder } from "../../src/report/report-file.ts";
import { reportSchema } from "../../src/report/written-schema.ts";
import { sampleEvents } from "./sample-run.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-report-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function runInto(file: string): Promise<void> {
  const reporter = fileReporter({ format: "json", file });
  for (const event of sampleEvents) reporter.onEvent(event);
  await reporter.end();
}

test("fileReporter() writes a report that its schema accepts", async () => {
  const file = join(folder, "run.json");
  await runInto(file);
  const report = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  const ajv = new Ajv2020({ strict: true });
  addFormats.default(ajv);
  const validate = ajv.compile(reportSchema);
  validate(report);
  expect(validate.errors).toBeNull();
  expect(report).toMatchObject({
    version: 1,
    status: "cancelled",
    exit_code: 130,
    plays: [
      {
        name: "Fleet health",
        hosts: {
          web1: {
            status: "ok",
            steps: [
              {
                name: "Ship the health check",
                pushed: [
                  {
                    module: "Elixir.RemoteHealth",
                    bytes: 1234,
                    needed_by: "Elixir.Fleet",
                    reason: "imports check/0",
                  },
                ],
              },
              { name: "Collect", attempts: 3, result: { pids: [1, "1180591620717411303424"], raw: "/wA=" } },
              { name: "Flaky", status: "ignored" },
              { name: "Only on staging", status: "skipped" },
            ],
          },
          web4: { status: "unreachable", runtime: null, error: { code: "SSH_CONNECT_FAILED" } },
        },
      },
    ],
  });
});

test("fileReporter() replaces an old report and leaves no other file", async () => {
  const file = join(folder, "run.json");
  await writeFile(file, "old");
  await runInto(file);
  expect(await readFile(file, "utf8")).toContain('"version": 1');
  expect(await readdir(folder)).toEqual(["run.json"]);
});

test.each(["600", "664"])("fileReporter() keeps owner and permissions of an old report: %s", async (mode) => {
  const file = join(folder, "run.json");
  await writeFile(file, "old");
  // Only root may give files away.
  if (process.getuid?.() === 0) await chown(file, 1, 1);
  await chmod(file, Number.parseInt(mode, 8));
  const old = await stat(file);
  await runInto(file);
  expect(await readFile(file, "utf8")).toContain('"version": 1');
  const { uid, gid } = old;
  expect(await stat(file)).toMatchObject({ uid, gid, mode: old.mode });
});

test("fileReporter() follows a link instead of replacing it", async () => {
  await mkdir(join(folder, "reports"));
  await symlink(join("reports", "run.json"), join(folder, "latest.json"));
  await writeFile(join(folder, "reports", "run.json"), "old");
  await runInto(join(folder, "latest.json"));
  expect(await readFile(join(folder, "reports", "run.json"), "utf8")).toContain('"version": 1');
});

test("fileReporter() writes into a device without replacing it", async () => {
  await expect(checkReportFolder("/dev/null")).resolves.toBeUndefined();
  await expect(runInto("/dev/null")).resolves.toBeUndefined();
  expect(await readFile("/dev/null", "utf8")).toBe("");
});

test("fileReporter() writes nothing for a run that never finished", async () => {
  const reporter = fileReporter({ format: "json", file: join(folder, "run.json") });
  for (const event of sampleEvents.slice(0, -1)) reporter.onEvent(event);
  await reporter.end();
  expect(await readdir(folder)).toEqual([]);
});

test("end() fails when the folder is gone by then", async () => {
  const file = join(folder, "gone", "run.json");
  await expect(runInto(file)).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: expect.stringContaining(`Cannot write the report "${file}": ENOENT`) as string,
  });
});

test("checkReportFolder() accepts a file that is there or not", async () => {
  await writeFile(join(folder, "run.json"), "");
  await expect(checkReportFolder(join(folder, "run.json"))).resolves.toBeUndefined();
  await expect(checkReportFolder(join(folder, "new.json"))).resolves.toBeUndefined();
  await expect(checkReportFolder("new.json")).resolves.toBeUndefined();
});

test("checkReportFolder() refuses what cannot become a file", async () => {
  await writeFile(join(folder, "file"), "");
  const refused = (file: string) => expect(checkReportFolder(join(folder, file))).rejects;
  await refused("missing/run.json").toMatchObject({
    code: "FILE_UNREADABLE",
    message: `Cannot write the report "${folder}/missing/run.json": folder "${folder}/missing" does not exist`,
    hint: "Create the folder",
  });
  await refused("file/run.json").toMatchObject({ code: "FILE_UNREADABLE" });
  await refused(".").toMatchObject({ message: expect.stringMatching(/: it is a folder$/) as string });
});

test("checkReportFolder() refuses a folder that may not be written to", async () => {
  await chmod(folder, 0o555);
  const checked = checkReportFolder(join(folder, "run.json"));
  // Permissions stop everybody but root.
  if (process.getuid?.() === 0) await expect(checked).resolves.toBeUndefined();
  else await expect(checked).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  await chmod(folder, 0o755);
});
