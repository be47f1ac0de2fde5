// Connections that are lost while calls are under way: what was begun is collected, and never begun again.
import { access, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFaultyProxy, type FaultyProxy } from "./faulty-proxy.ts";
import { hostThrough } from "./host-through.ts";
import { leftOn, startedOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import {
  hostReport,
  openWorkspace,
  outputOf,
  type Played,
  type Playing,
  type Workspace,
} from "./workspace.ts";

const TIMEOUT = { timeout: 180_000 };

/** What the steps call: it counts how often it does, and goes on when a file is there. */
const ERRAND = String.raw`
-module(errand).
-export([run/2, twice/2, print/2, print_past/1, each/2, crowd/1]).

run(Folder, Result) ->
    begin_it(Folder),
    ok = file:write_file(filename:join(Folder, "waits"), ""),
    wait(Folder, "go"),
    ok = file:write_file(filename:join(Folder, "done"), ""),
    Result.

twice(Folder, Result) ->
    begin_it(Folder),
    wait(Folder, "middle"),
    io:format("in the middle~n"),
    wait(Folder, "go"),
    Result.

each(Folder, Item) ->
    run(Folder, {Item, 2 * Item}).

print(Folder, Lines) ->
    begin_it(Folder),
    [io:format("line ~p~n", [Line]) || Line <- lists:seq(1, Lines)],
    Lines.

%% More than any pipe holds.
print_past(Folder) ->
    begin_it(Folder),
    wait(Folder, "go"),
    ok = io:put_chars(user, lists:duplicate(300000, $x)),
    ok = io:put_chars(standard_error, lists:duplicate(300000, $y)),
    logger:error("told to the logger"),
    os:cmd("echo told by a program 1>&2"),
    io:format("still here~n"),
    {ok, is_pid(whereis(user))}.

%% How many are hung up on where a hundred connect to the port for links and say nothing; the others stay.
crowd(Folder) ->
    [Port] = [Port || Socket <- erlang:ports(), {connected, Owner} <- [erlang:port_info(Socket, connected)],
        {initial_call, {fusion_play_dist, take_links, _}} <- [process_info(Owner, initial_call)],
        {ok, Port} <- [inet:port(Socket)]],
    Guests = [guest(Port) || _ <- lists:seq(1, 100)],
    timer:sleep(500),
    run(Folder, length([Guest || Guest <- Guests, gen_tcp:recv(Guest, 0, 10) =:= {error, closed}])).

guest(Port) ->
    {ok, Guest} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {packet, 4}, {active, false}]),
    {ok, <<_:16/binary>>} = gen_tcp:recv(Guest, 0, 5000),
    Guest.

begin_it(Folder) ->
    ok = file:write_file(filename:join(Folder, "count"), "x", [append]),
    io:format("begun~n").

wait(Folder, Name) ->
    case filelib:is_file(filename:join(Folder, Name)) of
        true -> ok;
        false -> timer:sleep(20), wait(Folder, Name)
    end.
`;

let sshd: Sshd;
let workspace: Workspace;
let plays = 0;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace();
  await chmod(workspace.folder, 0o755); // for whoever a BEAM runs as
  await workspace.write({ "errand.erl": ERRAND });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** A play of one step, and the folder through which it is told to go on. */
interface Errand extends Playing {
  allow(name: string): Promise<void>;
  /** Waits until the function has made a file. */
  made(name: string): Promise<void>;
  /** How often the function began. */
  count(): Promise<number>;
}

async function startErrand(
  proxy: FaultyProxy,
  step: string,
  { server = sshd, settings = {} }: { server?: Sshd; settings?: Readonly<Record<string, unknown>> } = {},
): Promise<Errand> {
  const name = `errand-${++plays}`;
  const folder = join(workspace.folder, name);
  await mkdir(folder);
  await chmod(folder, 0o777);
  const host = await hostThrough(proxy, { sshd: server, folder });
  await workspace.write({
    "hosts.yml": { all: { hosts: { one: { ...host, ...settings } } } },
    [`${name}.yml`]: `
- hosts: all
  modules: errand.erl
  vars: { folder: "${folder}" }
  steps:
    - name: Errand
${step.replaceAll(/^/gmu, "      ")}
    - { name: Afterwards, run: "erlang:length([a])" }
`,
  });
  const playing = workspace.startPlay(`${name}.yml`);
  return {
    ...playing,
    allow: (file) => writeFile(join(folder, file), ""),
    made: async (file) => {
      const isThere = (): Promise<boolean> =>
        access(join(folder, file)).then(
          () => true,
          () => false,
        );
      let end: Played | undefined;
      void playing.ended.then((played) => (end = played));
      while (!(await isThere())) {
        if (end !== undefined) throw new Error(`"${file}" was not made: ${end.stdout}${end.stderr}`);
        await sleep(20);
      }
    },
    count: async () => (await readFile(join(folder, "count"), "utf8")).length,
  };
}

const RUN = `run: { module: errand, function: run, args: ["\${{ vars.folder }}", 42] }`;

test(
  "a call that is under way when the connection is cut, twice, is made once, and its result collected",
  TIMEOUT,
  async () => {
    await using proxy = await startFaultyProxy(sshd);
    const errand = await startErrand(proxy, RUN.replace("run, args", "twice, args"));
    await errand.said("begun");
    proxy.cut();
    await errand.said("host_reconnected");
    await errand.allow("middle");
    await errand.said("in the middle");
    proxy.cut();
    await errand.allow("go");
    const played = await errand.ended;
    expect(played.exitCode, played.stderr + played.stdout).toBe(0);
    expect(await errand.count()).toBe(1);
    const report = hostReport(played, "one");
    expect(report).toMatchObject({ status: "ok", reconnected: 2 });
    expect(report.steps).toMatchObject([
      { name: "Errand", status: "ok", result: 42, attempts: 1, output: "begun\nin the middle\n" },
      { name: "Afterwards", status: "ok", result: 1 },
    ]);
    const told = played.events.filter(({ type }) => type.startsWith("host_reconnect"));
    expect(told.map(({ type }) => type)).toEqual(
      Array.from({ length: 2 }, () => ["host_reconnecting", "host_reconnected"]).flat(),
    );
    expect(await leftOn(sshd)).toEqual([]);
  },
);

test.each([
  ["the ssh of the system makes", { fusion_ssh_backend: "openssh" }],
  ["another user's BEAM is reached by", { fusion_become: true, fusion_become_user: "nobody" }],
])("a call goes on over a connection that %s, when it was cut", TIMEOUT, async (_, settings) => {
  await using server = await startSshd();
  await using proxy = await startFaultyProxy(server);
  const errand = await startErrand(proxy, RUN, { server, settings });
  await errand.made("waits");
  proxy.cut();
  await errand.said("host_reconnected");
  await errand.allow("go");
  const played = await errand.ended;
  expect(played.exitCode, played.stderr).toBe(0);
  expect(await errand.count()).toBe(1);
  expect(hostReport(played, "one")).toMatchObject({
    status: "ok",
    reconnected: 1,
    steps: [{ result: 42 }, {}],
  });
  expect(await leftOn(server)).toEqual([]);
});

test("a result that is on its way when the connection is cut is collected", TIMEOUT, async () => {
  await using proxy = await startFaultyProxy(sshd);
  const errand = await startErrand(proxy, RUN);
  await errand.made("waits");
  proxy.mute();
  await errand.allow("go");
  await errand.made("done");
  proxy.cut();
  const played = await errand.ended;
  expect(played.exitCode, played.stderr).toBe(0);
  expect(await errand.count()).toBe(1);
  expect(hostReport(played, "one").steps[0]).toMatchObject({ status: "ok", result: 42, attempts: 1 });
});

test(
  "calls of a loop that are made together are made once, when sshd's processes are killed",
  TIMEOUT,
  async () => {
    await using server = await startSshd();
    await using proxy = await startFaultyProxy(server);
    const loop = `run: { module: errand, function: each, args: ["\${{ vars.folder }}", "\${{ item }}"] }\nloop: [1, 2, 3]`;
    const errand = await startErrand(proxy, loop, { server });
    await errand.said("begun");
    await server.killConnections();
    await errand.said("host_reconnected");
    await errand.allow("go");
    const played = await errand.ended;
    expect(played.exitCode, played.stderr).toBe(0);
    expect(await errand.count()).toBe(3);
    expect(hostReport(played, "one").steps[0]).toMatchObject({
      status: "ok",
      result: [
        [1, 2],
        [2, 4],
        [3, 6],
      ],
    });
    expect(await leftOn(server)).toEqual([]);
  },
);

test("a cut connection is made again although others crowd the port for links", TIMEOUT, async () => {
  await using proxy = await startFaultyProxy(sshd);
  const errand = await startErrand(
    proxy,
    `run: { module: errand, function: crowd, args: ["\${{ vars.folder }}"] }`,
  );
  await errand.made("waits");
  proxy.cut();
  await errand.said("host_reconnected");
  await errand.allow("go");
  const played = await errand.ended;
  expect(played.exitCode, played.stderr).toBe(0);
  expect(hostReport(played, "one").steps[0]).toMatchObject({ status: "ok", result: 100 - 64 });
  expect(await leftOn(sshd)).toEqual([]);
});

test("what a call prints when the connection is cut arrives once and in order", TIMEOUT, async () => {
  const LINES = 1500;
  await using proxy = await startFaultyProxy(sshd);
  const errand = await startErrand(
    proxy,
    RUN.replace("run, args", "print, args").replace("42", String(LINES)),
  );
  await errand.said("line 100");
  proxy.cut();
  await errand.said("line 1000");
  proxy.cut();
  const played = await errand.ended;
  expect(played.exitCode, played.stderr).toBe(0);
  expect(await errand.count()).toBe(1);
  const lines = Array.from({ length: LINES }, (_, index) => `line ${index + 1}\n`);
  expect(outputOf(played, "one", "Errand")).toBe(["begun\n", ...lines].join(""));
  expect(hostReport(played, "one")).toMatchObject({ status: "ok", reconnected: 2 });
});

test(
  "a call may print past the I/O protocol, as much as it likes, after the connection was cut",
  TIMEOUT,
  async () => {
    await using proxy = await startFaultyProxy(sshd);
    const errand = await startErrand(
      proxy,
      `run: { module: errand, function: print_past, args: ["\${{ vars.folder }}"] }`,
    );
    await errand.said("begun");
    proxy.cut();
    await errand.said("host_reconnected");
    await errand.allow("go");
    const played = await errand.ended;
    expect(played.exitCode, played.stderr).toBe(0);
    expect(hostReport(played, "one").steps[0]).toMatchObject({
      result: ["ok", true],
      output: "begun\nstill here\n",
    });
    expect(await leftOn(sshd)).toEqual([]);
  },
);

test("a call whose BEAM was killed is not known to have run, and is not made again", TIMEOUT, async () => {
  await using server = await startSshd();
  await using proxy = await startFaultyProxy(server);
  const step = `${RUN}\nretries: 3\nuntil: result == 42\nignore_errors: true`;
  const errand = await startErrand(proxy, step, { server });
  await errand.said("begun");
  proxy.cut();
  for (const { name, pid } of await startedOn(server)) if (name === "beam.smp") process.kill(pid, "SIGKILL");
  const played = await errand.ended;
  expect(played.exitCode, played.stderr).toBe(4);
  expect(await errand.count()).toBe(1);
  const { status, error, steps } = hostReport(played, "one");
  expect({ status, code: error?.code }).toEqual({ status: "unreachable", code: "NODE_LOST" });
  expect(steps).toMatchObject([{ status: "failed", attempts: 1, error: { code: "OUTCOME_UNKNOWN" } }]);
  expect(await leftOn(server)).toEqual([]);
});

test("a host that stays away is given up, and its BEAM ends by itself", TIMEOUT, async () => {
  await using server = await startSshd();
  await using proxy = await startFaultyProxy(server);
  const errand = await startErrand(proxy, RUN, { server });
  await errand.said("begun");
  proxy.leave();
  expect((await startedOn(server)).map(({ name }) => name)).toContain("beam.smp");
  const played = await errand.ended;
  expect(played.exitCode, played.stderr).toBe(4);
  expect(await errand.count()).toBe(1);
  expect(hostReport(played, "one")).toMatchObject({
    status: "unreachable",
    steps: [{ status: "failed", error: { code: "OUTCOME_UNKNOWN" } }],
  });
  expect(await leftOn(server)).toEqual([]);
});

test("SIGINT ends a run at once that waits for a host to come back", TIMEOUT, async () => {
  await using proxy = await startFaultyProxy(sshd);
  const errand = await startErrand(proxy, RUN);
  await errand.said("begun");
  proxy.leave();
  await errand.said("host_reconnecting");
  const stopped = performance.now();
  errand.kill("SIGINT");
  const played = await errand.ended;
  // Less than what is waited for otherwise.
  expect(performance.now() - stopped).toBeLessThan(15_000);
  expect(played.exitCode, played.stderr).toBe(130);
  expect(hostReport(played, "one")).toMatchObject({ status: "cancelled" });
  expect(await leftOn(sshd)).toEqual([]);
});
