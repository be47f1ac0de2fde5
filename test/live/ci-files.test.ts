// Runs what docs/ci.md and docs/kubernetes.yml tell CI systems to run, as they would.
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { codeBlocks, readDocument, type CodeBlock } from "../docs/markdown.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { environment, openWorkspace, PROGRAM, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let folder: string;

const document = readDocument("docs/ci.md");
const blocks = codeBlocks(document);
const [github, gitlab] = blocks.filter(({ language }) => language === "yaml").map(parsed);
const HOSTS = ["web1", "web2", "web3", "web4", "web5"];

function parsed({ source }: CodeBlock): Record<string, Job> {
  const file = parse(source) as { jobs?: Record<string, Job> };
  return file.jobs ?? (file as Record<string, Job>);
}

interface Job {
  steps?: { run?: string; name?: string }[];
  script?: string[];
}

beforeAll(async () => {
  sshd = await startSshd();
  const { address, port, user } = sshd;
  const host = { fusion_host: address, fusion_port: port, fusion_user: user };
  workspace = await openWorkspace({ all: { hosts: Object.fromEntries(HOSTS.map((name) => [name, host])) } });
  folder = workspace.folder;
  const bin = join(folder, "bin");
  await mkdir(bin);
  const program = `exec "${process.execPath}" "${PROGRAM}" "$@"\n`;
  await writeFile(join(bin, "fusion-play"), `#!/bin/sh\n${program}`);
  await writeFile(join(bin, "npx"), `#!/bin/sh\nshift\n${program}`);
  await writeFile(join(bin, "npm"), "#!/bin/sh\n");
  for (const name of ["fusion-play", "npx", "npm"]) await chmod(join(bin, name), 0o755);
  await workspace.write({
    "site.yml": `
- name: Site
  hosts: all
  modules: alive.erl
  steps:
    - { name: Alive, run: alive:alive() }
`,
    "alive.erl": "-module(alive).\n-export([alive/0]).\nalive() -> node() =/= nonode@nohost.\n",
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Runs a script as a job would. */
function shell(script: string, env: NodeJS.ProcessEnv = {}): string {
  const own = environment(workspace);
  const { status, stdout, stderr } = spawnSync("bash", ["-e", "-c", script], {
    cwd: folder,
    env: { ...own, PATH: `${join(folder, "bin")}:${own["PATH"] ?? ""}`, ...env },
    encoding: "utf8",
  });
  expect([script, status, stderr]).toEqual([script, 0, ""]);
  return stdout;
}

const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

test("the jobs for GitHub Actions plan and run", async () => {
  const env = {
    GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
    SSH_KEY: await readFile(sshd.userKeyFile, "utf8"),
    KNOWN_HOSTS: await readFile(sshd.knownHostsFile, "utf8"),
  };
  const scripts = (job: Job | undefined): string[] => (job?.steps ?? []).flatMap(({ run }) => run ?? []);
  expect([scripts(github?.["plan"]).length, scripts(github?.["site"]).length]).toEqual([3, 4]);
  for (const script of scripts(github?.["plan"])) shell(script, env);
  expect(await read("summary.md")).toMatch(/^## fusion-play, dry run: ok\n[^]*\| Alive \| alive \|/);
  expect(await read("problems.txt")).toBe("");
  for (const script of scripts(github?.["site"])) shell(script, env);
  expect(await read("summary.md")).toMatch(/^## fusion-play: ok\n\n5 hosts in /);
  expect(await read("run.xml")).toContain('<testcase name="Alive"');
  expect(await read("errors.txt")).toBe("");
});

test("the jobs for GitLab plan, run on four shards, and join their reports", async () => {
  const env = { SSH_KEY: sshd.userKeyFile, KNOWN_HOSTS: sshd.knownHostsFile };
  const run = (job: string, more: NodeJS.ProcessEnv = {}): void => {
    const scripts = gitlab?.[job]?.script ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) shell(script, { ...env, ...more });
  };
  run("plan");
  expect(await read("plan.md")).toContain("dry run: ok");
  expect(await read("gl-code-quality-report.json")).toBe("[]\n");
  for (const index of ["1", "2", "3", "4"]) run("site", { CI_NODE_INDEX: index, CI_NODE_TOTAL: "4" });
  run("report");
  expect(await read("run.md")).toMatch(/^## fusion-play: ok\n\n5 hosts in /);
});

test("the stages for Jenkins plan and run", async () => {
  const [jenkins] = blocks.filter(({ language }) => language === "groovy");
  const scripts = Array.from(
    (jenkins?.source ?? "").matchAll(/\bsh (?:'''(.*?)'''|'([^']*)')/gs),
    ([, long, short]) => long ?? short ?? "",
  );
  expect(scripts).toHaveLength(3);
  // The key that the agent would offer is there since the jobs before.
  for (const script of scripts) shell(script);
  expect(JSON.parse(await read("run.json"))).toMatchObject({ status: "ok" });
});

test("the pods of Kubernetes run on shards", async () => {
  const job = parse(readDocument("docs/kubernetes.yml")) as {
    spec: {
      completions: number;
      template: { spec: { containers: [{ command: string[]; env: { name: string; value: string }[] }] } };
    };
  };
  const [{ command, env }] = job.spec.template.spec.containers;
  expect(env).toEqual([{ name: "JOB_COMPLETIONS", value: String(job.spec.completions) }]);
  const hosts = new Set<string>();
  for (let index = 0; index < job.spec.completions; index++) {
    const line = command
      .map((word) => word.replace(/=\/(?:site|state)\//, `=${folder}/`).replace(/^\/site\//, `${folder}/`))
      .map((word) => word.replace("run.journal", `run-${index}.journal`))
      .join(" ");
    const output = shell(line, { JOB_COMPLETION_INDEX: String(index), JOB_COMPLETIONS: env[0]?.value });
    for (const [, host = ""] of output.matchAll(/"type":"host_finished"[^\n]*?"host":"([^"]*)"/g))
      hosts.add(host);
  }
  expect([...hosts].toSorted()).toEqual(HOSTS);
});
