import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;

const SITE = `
- name: Mixed
  hosts: all
  steps:
    - { name: Alive, run: "erlang:node()" }
    - { name: Fails, run: "erlang:error(why)", when: host.name == "two" && !has(vars.repaired) }
- name: Later
  hosts: all
  steps: [{ name: Alive, run: "erlang:node()" }]
`;

beforeAll(async () => {
  sshd = await startSshd();
  const host = hostOf(sshd);
  workspace = await openWorkspace({ all: { hosts: { one: host, two: host, three: host } } });
  await workspace.write({ "site.yml": SITE });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

const read = (name: string): Promise<string> => readFile(join(workspace.folder, name), "utf8");

test("a run writes every format, and the command report writes the same from the JSON", async () => {
  const formats = {
    json: "run.json",
    junit: "run.xml",
    html: "run.html",
    markdown: "run.md",
    github: "run.txt",
    gitlab: "gl.json",
    ctrf: "ctrf.json",
  };
  const options = Object.entries(formats).flatMap(([format, file]) => ["--report", `${format}=${file}`]);
  const { exitCode } = await workspace.run("site.yml", "-i", "hosts.yml", ...options);
  expect(exitCode).toBe(2);
  expect(await read("run.xml")).toContain('<failure message="erlang:error/1');
  expect(await read("run.md")).toContain("**two**: Mixed \\| Fails");
  expect(await read("run.txt")).toMatch(
    /^::error file=site\.yml,line=6,title=two \| Mixed \| Fails::REMOTE_EXCEPTION: /,
  );
  expect(JSON.parse(await read("gl.json"))).toMatchObject([
    {
      description: "Fails, two: erlang:error/1 raised why on two",
      check_name: "REMOTE_EXCEPTION",
      location: { path: "site.yml", lines: { begin: 6 } },
    },
  ]);
  for (const [format, file] of Object.entries(formats)) {
    const again = await workspace.run("report", "run.json", "--to", format);
    expect([again.exitCode, again.stderr, again.stdout]).toEqual([0, "", await read(file)]);
  }
  const written = await workspace.run("report", "run.json", "--to", "junit=again.xml");
  expect([written.exitCode, written.stdout]).toEqual([0, ""]);
  expect(await read("again.xml")).toBe(await read("run.xml"));
  expect((await workspace.run("report", "run.json")).stdout).toBe(await read("run.md"));
});

test("reports that say less, as earlier versions wrote them, are read and compared", async () => {
  const report = JSON.parse(await read("run.json")) as {
    plays: { file?: string; line?: number; hosts: Record<string, Record<string, unknown>> }[];
  };
  for (const play of report.plays) {
    delete play.file;
    delete play.line;
    for (const host of Object.values(play.hosts)) {
      delete host["transport"];
      delete host["phases"];
      for (const step of host["steps"] as Record<string, unknown>[]) {
        for (const key of ["file", "line", "started_at", "push_ms", "printed"]) delete step[key];
      }
    }
  }
  await workspace.write({ "old.json": report });
  for (const format of ["junit", "html", "markdown", "github", "gitlab", "ctrf", "json"]) {
    const { exitCode, stderr } = await workspace.run("report", "old.json", "--to", format);
    expect([format, exitCode, stderr]).toEqual([format, 0, ""]);
  }
  expect((await workspace.run("report", "old.json", "--to", "gitlab")).stdout).toBe("[]\n");
  expect((await workspace.run("diff", "old.json", "run.json")).exitCode).toBe(0);
});

test("--retry-failed takes the hosts that failed, in all plays, and none where none did", async () => {
  const retried = await workspace.play("site.yml", "--retry-failed", "run.json", "-e", "repaired=true");
  expect(retried.exitCode).toBe(0);
  expect(retried.report?.plays.map(({ hosts }) => Object.keys(hosts))).toEqual([["two"], ["two"]]);
  await workspace.write({ "retried.json": retried.report });
  const nothing = await workspace.run("site.yml", "-i", "hosts.yml", "--retry-failed", "retried.json");
  expect(nothing.exitCode).toBe(8);
  expect(nothing.stderr).toContain('no host failed or was unreachable in "retried.json"');
  const other = await workspace.run("site.yml", "-i", "hosts.yml", "-l", "one", "--retry-failed", "run.json");
  expect(other.exitCode).toBe(8);
  expect(other.stderr).toContain('no host matches "all" limited to "one" among the 1 to be tried again');
});

test("shards share the hosts, and their reports make that of the whole", async () => {
  const codes = new Set<number | null>();
  for (const shard of ["1/2", "2/2"]) {
    const file = `shard-${shard[0] ?? ""}.json`;
    const run = await workspace.run(
      "site.yml",
      "-i",
      "hosts.yml",
      "--shard",
      shard,
      "--report",
      `json=${file}`,
    );
    codes.add(run.exitCode);
  }
  expect(codes).toEqual(new Set([0, 2]));
  const merge = ["report", "--merge", "shard-1.json", "shard-2.json", "--to"];
  expect((await workspace.run(...merge, "json=merged.json")).exitCode).toBe(0);
  const { plays, exit_code } = JSON.parse(await read("merged.json")) as {
    plays: { hosts: Record<string, { status: string }> }[];
    exit_code: number;
  };
  expect(exit_code).toBe(2);
  const statuses = plays.map(({ hosts }) =>
    Object.fromEntries(Object.entries(hosts).map(([name, { status }]) => [name, status])),
  );
  expect(statuses).toEqual([
    { one: "ok", two: "failed", three: "ok" },
    { one: "ok", three: "ok" },
  ]);
  const half = await workspace.run("report", "--merge", "shard-1.json");
  expect([half.exitCode, half.stderr]).toEqual([3, expect.stringContaining("shard 2/2")]);
  const several = await workspace.run("report", "shard-1.json", "shard-2.json");
  expect([several.exitCode, several.stderr]).toEqual([3, expect.stringContaining("--merge")]);
});

test("what is no report of a run is told with its place", async () => {
  await workspace.write({ "broken.json": '{ "version": 1,\n', "other.json": { version: 2 } });
  await workspace.playDry("site.yml");
  const dry = await workspace.run("--dry-run", "site.yml", "-i", "hosts.yml", "--report", "json=dry.json");
  expect(dry.exitCode).toBe(0);
  const messages: string[] = [];
  for (const file of ["broken.json", "other.json", "dry.json", "missing.json"]) {
    const { exitCode, stderr } = await workspace.run("report", file);
    expect(exitCode).toBe(3);
    messages.push(stderr.split("\n")[0] ?? "");
  }
  expect(messages[0]).toMatch(/^broken\.json:2:1: /);
  expect(messages[1]).toMatch(/^other\.json:1:1: /);
  expect(messages[2]).toContain("This is the report of a dry run, in which nothing was run");
  expect(messages[3]).toContain("missing.json");
  const format = await workspace.run("site.yml", "-i", "hosts.yml", "--report", "pdf=run.pdf");
  expect([format.exitCode, format.stderr]).toEqual([3, expect.stringContaining('as "pdf"')]);
  const dryJunit = await workspace.run("--dry-run", "site.yml", "-i", "hosts.yml", "--report", "junit=a.xml");
  expect([dryJunit.exitCode, dryJunit.stderr]).toEqual([
    3,
    expect.stringContaining("those of dry runs are json, markdown, github, gitlab"),
  ]);
});
