import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { canMakeUsers, makePasswordUser, type PasswordUser } from "../ssh/password-user.ts";
import { compileErlang } from "../beam/compiled-project.ts";
import { leftOn, startedOn, type Process } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import {
  hostOf,
  hostReport,
  openWorkspace,
  outputOf,
  type Played,
  type Playing,
  type Workspace,
} from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const MUCH = 20_000_000;

/** What servers forbid, and what a host behind them has then. */
const HOSTS: Readonly<Record<string, { config: string[]; vars?: object; transport: "tunnels" | "stdio" }>> = {
  refused: { config: ["AllowTcpForwarding no"], transport: "stdio" },
  disabled: { config: ["DisableForwarding yes"], transport: "stdio" },
  "one-way-out": { config: ["AllowTcpForwarding local"], transport: "stdio" },
  "one-way-in": { config: ["AllowTcpForwarding remote"], transport: "stdio" },
  "no-ports": { config: ["PermitOpen none", "PermitListen none"], transport: "stdio" },
  openssh: {
    config: ["AllowTcpForwarding no"],
    vars: { fusion_ssh_backend: "openssh" },
    transport: "stdio",
  },
  "openssh-one-way": {
    config: ["AllowTcpForwarding remote"],
    vars: { fusion_ssh_backend: "openssh" },
    transport: "stdio",
  },
  open: { config: [], transport: "tunnels" },
  chosen: { config: [], vars: { fusion_transport: "stdio" }, transport: "stdio" },
};

const MODULES: Readonly<Record<string, string>> = {
  shipped: `
-module(shipped).
-export([sum/1, print/1, fail/0, flood/1, size/1, priv/0]).
sum(List) -> helper:add(List).
print(Text) -> io:format("~ts~n", [Text]), spawn(fun() -> io:put_chars("from another\\n") end), ok.
fail() -> erlang:error({sick, <<"why">>}).
flood(Size) -> binary:copy(<<"0123456789">>, Size div 10).
size(Bytes) -> byte_size(Bytes).
priv() -> {ok, Bytes} = file:read_file(filename:join(code:priv_dir(filed), "data")), erlang:crc32(Bytes).
`,
  helper: "-module(helper).\n-export([add/1]).\nadd(List) -> lists:sum(List).\n",
};

const SUM = `
-module(sum).
-export([of_large/0]).
of_large() -> base64:encode(erlang:md5(large:constant())).
`;

/** Compiles module `large`, whose one function gives what stands in a file: through Core Erlang, as text takes long. */
function compileConstant(folder: string): void {
  const script = `
    {ok, Constant} = file:read_file("constant"),
    Name = cerl:c_fname(constant, 0),
    Core = cerl:c_module(cerl:c_atom(large), [Name], [], [{Name, cerl:c_fun([], cerl:abstract(Constant))}]),
    {ok, large, Code} = compile:forms(Core, [from_core]),
    ok = file:write_file("large.beam", Code),
    halt().`;
  execFileSync("erl", ["-noshell", "-eval", script], { cwd: folder });
}

/** A play whose only step goes on for as long as a file is not there. */
function middle(keys: string): string {
  const code =
    'io:format("in the middle~n"), (fun Wait() -> case filelib:is_file(File) of true -> went_on_text; false -> timer:sleep(50), Wait() end end)()';
  const bindings = `{ File: "${join(workspace.folder, "go-on")}" }`;
  return `{ hosts: all, ${keys}steps: [{ name: Middle, eval: { erlang: ${JSON.stringify(code.replace("went_on_text", '<<"went on">>'))}, bindings: ${bindings} } }] }`;
}

const servers = new Map<string, Sshd>();
let workspace: Workspace;
let played: Played;
let fetched: Played;
let typescript: Played;

/** Servers with the same config are one. */
async function serverFor(config: readonly string[]): Promise<Sshd> {
  const key = config.join();
  const server = servers.get(key) ?? (await startSshd({ config }));
  servers.set(key, server);
  return server;
}

beforeAll(async () => {
  const hosts: Record<string, unknown> = {};
  for (const [name, { config, vars }] of Object.entries(HOSTS)) {
    hosts[name] = hostOf(await serverFor(config), { ...vars });
  }
  workspace = await openWorkspace({ all: { hosts } });
  const folder = join(workspace.folder, "ebin");
  await mkdir(folder);
  for (const [module, text] of Object.entries(MODULES)) compileErlang({ folder, module, text });
  await mkdir(join(workspace.folder, "lib/filed/ebin"), { recursive: true });
  await mkdir(join(workspace.folder, "lib/filed/priv"), { recursive: true });
  await writeFile(join(workspace.folder, "lib/filed/priv/data"), randomBytes(3_000_000));
  await workspace.write({
    "lib/filed/ebin/filed.app":
      '{application, filed, [{vsn, "1.2.3"}, {modules, []}, {applications, [kernel, stdlib]}]}.\n',
    "site.yml": `
- hosts: all
  modules: [ebin, lib/filed/ebin]
  gather_facts: true
  steps:
    - { name: Push, push: shipped }
    - { name: Sum, run: "shipped:sum([1, 2, 3])" }
    - { name: Print, run: 'shipped:print(<<"gedruckt: ä"/utf8>>)' }
    - { name: Fail, run: "shipped:fail()", ignore_errors: true }
    - { name: Late, run: "timer:sleep(60000)", timeout: 1s, ignore_errors: true }
    - { name: Inline, eval: { erlang: "lists:reverse(List)", bindings: { List: [1, 2] } } }
    - { name: Loop, run: "shipped:sum([\${{ item }}, 1])", loop: [1, 2, 3], loop_control: { parallel: 3 } }
    - { name: Much, run: "shipped:flood(${MUCH})", register: much, when: host.name == "refused" }
    - { name: Back, run: "shipped:size(\${{ much }})", when: host.name == "refused" }
    - { name: Application, push: { app: filed } }
    - { name: Priv, run: "shipped:priv()" }
    - { name: Elixir, run: 'String.upcase("straße")' }
    - { name: Facts, assert: facts.os.type == "linux" }
`,
    "on-demand.yml": `
- hosts: refused
  modules: [ebin]
  code_loading: on_demand
  steps: [{ name: Sum, run: "shipped:sum([20, 22])" }]
`,
    "many.ts": `
import { play } from "fusion-play";
export default play({
  hosts: "refused",
  async steps(host) {
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) => host.run(\`lists:seq(1, \${index})\`)),
    );
    host.assert(results.every((list, index) => list.length === index), "all are there");
  },
});
`,
    "middle.yml": `[${middle("")}]`,
    "fetching.yml": `[${middle("code_loading: on_demand, ")}]`,
  });
  played = await workspace.play("site.yml");
  fetched = await workspace.play("on-demand.yml");
  typescript = await workspace.play("many.ts");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  for (const server of servers.values()) await server.stop();
});

function step(host: string, name: string): WrittenStep {
  const found = hostReport(played, host).steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${host} has no step ${name}: ${played.stderr}${played.stdout}`);
  return found;
}

test("hosts have tunnels where servers allow them both ways, and stdio elsewhere, and all end ok", () => {
  expect(played.exitCode, played.stderr + played.stdout.slice(0, 5000)).toBe(0);
  const hosts = Object.entries(played.report?.plays[0]?.hosts ?? {});
  const found = Object.fromEntries(hosts.map(([name, { transport }]) => [name, transport]));
  expect(found).toEqual(
    Object.fromEntries(Object.entries(HOSTS).map(([name, { transport }]) => [name, transport])),
  );
  for (const { host, transport } of played.events.filter(({ type }) => type === "host_connected")) {
    expect([host, transport]).toEqual([host, HOSTS[host ?? ""]?.transport]);
  }
});

test.each(Object.keys(HOSTS))("%s runs the same steps with the same results", (host) => {
  expect(step(host, "Sum").result).toBe(6);
  expect(step(host, "Inline").result).toEqual([2, 1]);
  expect(step(host, "Loop").result).toEqual([2, 3, 4]);
  expect(step(host, "Elixir").result).toBe("STRASSE");
  expect(step(host, "Priv").result).toBe(step("open", "Priv").result);
  expect(outputOf(played, host, "Print")).toContain("gedruckt: ä\n");
  expect(step(host, "Fail").error).toEqual({
    ...step("open", "Fail").error,
    message: `shipped:fail/0 raised {sick,<<"why">>} on ${host}`,
  });
  expect(step(host, "Late").error).toMatchObject({ code: "TIMEOUT" });
  // The host that much is sent to has two steps more, whose modules it has.
  const { skipped, ...pushed } = hostReport(played, "open").pushed;
  expect(skipped).toBeGreaterThan(0);
  expect(hostReport(played, host).pushed).toMatchObject(pushed);
});

test("much goes both ways over stdio", () => {
  expect(step("refused", "Much").result).toHaveLength(MUCH);
  expect(step("refused", "Back").result).toBe(MUCH);
});

test("a module of 20 MB is pushed, and fetched on demand, over stdio", async () => {
  const constant = randomBytes(MUCH);
  const folder = join(workspace.folder, "large");
  await mkdir(folder);
  compileErlang({ folder, module: "sum", text: SUM });
  await writeFile(join(folder, "constant"), constant);
  compileConstant(folder);
  await workspace.write({
    "large.yml": `
- hosts: refused,openssh
  modules: large
  steps:
    - { name: Push, push: large }
    - { name: Sum, run: "sum:of_large()" }
- hosts: no-ports
  modules: large
  code_loading: on_demand
  steps:
    - { name: Sum, run: "sum:of_large()" }
`,
  });
  const ended = await workspace.play("large.yml");
  expect(ended.exitCode, ended.stderr + ended.stdout.slice(0, 5000)).toBe(0);
  const result = createHash("md5").update(constant).digest("base64");
  for (const host of ["refused", "openssh"]) {
    const { transport, steps, pushed } = hostReport(ended, host);
    expect([transport, steps.at(-1)?.result]).toEqual(["stdio", result]);
    expect(pushed.bytes).toBeGreaterThan(MUCH);
  }
  expect(hostReport(ended, "no-ports", 1)).toMatchObject({ transport: "stdio", steps: [{ result }] });
});

test("a host without forwarding fetches code on demand, and makes many calls at once", () => {
  expect(fetched.exitCode, fetched.stderr).toBe(0);
  expect(hostReport(fetched, "refused")).toMatchObject({ transport: "stdio", steps: [{ result: 42 }] });
  expect(typescript.exitCode, typescript.stderr).toBe(0);
  expect(hostReport(typescript, "refused").steps).toHaveLength(201);
});

test("nothing is left after a normal end", async () => {
  for (const server of servers.values()) expect(await leftOn(server)).toEqual([]);
});

test("the recap names the hosts without tunnels, and their lines say so", async () => {
  const { stdout } = await workspace.run("site.yml", "-i", "hosts.yml", "-l", "refused,open", "-t", "none");
  expect(stdout).not.toContain("stdio");
  const lines = await workspace.run("on-demand.yml", "-i", "hosts.yml", "--output", "lines", "-v");
  expect(lines.stdout).toMatch(/connected +refused \| OTP .*, over stdio/);
  expect(lines.stdout).toContain("Over stdio, without SSH tunnels: refused");
});

test("a play says which transport, the inventory counts more, and tunnels that are wanted are an error", async () => {
  await workspace.write({
    "wanted.yml": `
- hosts: refused,open,chosen
  transport: tunnels
  steps: [{ run: "erlang:node()" }]
`,
    "stdio.yml": `
- hosts: open
  transport: stdio
  steps: [{ run: "erlang:node()" }]
`,
  });
  const wanted = await workspace.play("wanted.yml");
  expect(hostReport(wanted, "refused")).toMatchObject({
    status: "unreachable",
    transport: null,
    error: { code: "SSH_FORWARDING_REFUSED", hint: expect.stringContaining("AllowTcpForwarding") },
  });
  expect(hostReport(wanted, "open").transport).toBe("tunnels");
  expect(hostReport(wanted, "chosen").transport).toBe("stdio");
  expect(hostReport(await workspace.play("stdio.yml"), "open").transport).toBe("stdio");
});

test("an error tells of both, when there is no Erlang for stdio either", async () => {
  const server = await serverFor(["AllowTcpForwarding no"]);
  await workspace.write({
    "lost.yml": { all: { hosts: { lost: hostOf(server, { fusion_erl: "/nowhere/erl" }) } } },
  });
  const { stdout, exitCode } = await workspace.run("call", "all", "erlang:node()", "-i", "lost.yml");
  expect(exitCode).toBe(4);
  expect(stdout).toMatch(/Cannot find erl on lost.*over stdio.*Cannot open a reverse tunnel/s);
  expect(stdout).toContain("ERL_NOT_FOUND");
});

/** The relay on a host; the other BEAM is the one that runs steps. */
async function relayOn(server: Sshd): Promise<Process> {
  const beams = (await startedOn(server)).filter(({ name }) => name === "beam.smp");
  const [relay] = beams.filter(({ visible }) => visible.includes("-noinput"));
  if (relay === undefined || beams.length < 2) throw new Error(JSON.stringify(beams));
  return relay;
}

async function startMiddle(
  host = "refused",
  playbook = "middle.yml",
): Promise<{ playing: Playing; server: Sshd; relay: Process }> {
  await rm(join(workspace.folder, "go-on"), { force: true });
  const server = await serverFor(HOSTS[host]?.config ?? []);
  const playing = workspace.startPlay(playbook, "-l", host);
  await playing.said("in the middle");
  return { playing, server, relay: await relayOn(server) };
}

test.each(["SIGINT", "SIGKILL"] as const)("nothing is left after %s in mid-step", async (signal) => {
  const { playing, server } = await startMiddle();
  playing.kill(signal);
  await playing.ended;
  expect(await leftOn(server)).toEqual([]);
});

test.each<[string, (relay: Process, server: Sshd) => unknown]>([
  ["relay is killed", ({ pid }) => process.kill(pid, "SIGKILL")],
  ["connection is cut", (_, server) => server.killConnections()],
])("a host whose %s in mid-step is connected again, and its step goes on", async (_, harm) => {
  const { playing, server, relay } = await startMiddle();
  await harm(relay, server);
  await playing.said("host_reconnected");
  await workspace.write({ "go-on": "" });
  const ended = await playing.ended;
  expect(ended.exitCode, ended.stdout).toBe(0);
  expect(hostReport(ended, "refused").steps[0]?.result).toBe("went on");
  expect(await leftOn(server)).toEqual([]);
});

test("a host that fetches code is unreachable when its relay is killed in mid-step, and nothing is left", async () => {
  const { playing, server, relay } = await startMiddle("refused", "fetching.yml");
  process.kill(relay.pid, "SIGKILL");
  const ended = await playing.ended;
  expect(ended.exitCode).toBe(4);
  expect(hostReport(ended, "refused").status).toBe("unreachable");
  expect(await leftOn(server)).toEqual([]);
});

test("the relay listens on the loopback interface alone, and is told nothing that is secret", async () => {
  const { playing, relay } = await startMiddle("chosen");
  const sockets = execFileSync("ss", ["-Hltnp"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(`pid=${relay.pid},`));
  expect(sockets).toHaveLength(2);
  for (const socket of sockets) expect(socket).toMatch(/\s127\.0\.0\.1:\d+\s/);
  expect(relay.visible).not.toMatch(/cookie|fusion_/);
  playing.kill("SIGINT");
  await playing.ended;
});

// Only root can make users; what ways there are to become one is tested in become.test.ts.
describe.runIf(canMakeUsers)("as another user", () => {
  let login: PasswordUser;
  let target: PasswordUser;
  let server: Sshd;

  beforeAll(async () => {
    [login, target] = await Promise.all([makePasswordUser(), makePasswordUser()]);
    await writeFile(`/etc/sudoers.d/${login.name}`, `${login.name} ALL=(${target.name}) ALL\n`, {
      mode: 0o440,
    });
    server = await startSshd({
      config: ["PasswordAuthentication yes", "UsePAM yes", "AllowTcpForwarding no"],
    });
  });

  afterAll(async () => {
    await server.stop();
    execFileSync("rm", ["-f", `/etc/sudoers.d/${login.name}`]);
    await login[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  test.each(["sudo", "su"])("the relay and the BEAM run as the user that %s makes", async (method) => {
    const host = hostOf(server, {
      fusion_user: login.name,
      fusion_password: login.password,
      fusion_private_key_file: undefined,
      fusion_become: true,
      fusion_become_user: target.name,
      fusion_become_method: method,
      fusion_become_password: method === "su" ? target.password : login.password,
    });
    await workspace.write({
      "become.yml": { all: { hosts: { host } } },
      "become-site.yml": `
- hosts: all
  modules: [ebin, lib/filed/ebin]
  steps:
    - { name: Who, run: 'os:cmd("id -un")' }
    - { name: Relay, run: 'os:cmd("ps -o user:32= -p $(pgrep -d, -u ${target.name} -f noinput) | sort -u")' }
    - { name: Application, push: { app: filed } }
    - { name: Priv, run: "shipped:priv()" }
    - { name: Much, run: "shipped:flood(${MUCH})" }
`,
    });
    const ended = await workspace.play("become-site.yml", "-i", "become.yml", "-l", "host");
    const { status, transport, steps, error } = hostReport(ended, "host");
    expect([status, transport], JSON.stringify(error)).toEqual(["ok", "stdio"]);
    expect(steps.map(({ result }) => result).slice(0, 2)).toEqual([`${target.name}\n`, `${target.name}\n`]);
    expect(steps[3]?.result).toBe(step("open", "Priv").result);
    expect(steps[4]?.result).toHaveLength(MUCH);
    const left = (): string =>
      spawnSync("ps", ["-o", "pid=,args=", "-u", target.name], { encoding: "utf8" }).stdout;
    await expect.poll(left, { timeout: 60_000 }).toBe("");
  });
});
