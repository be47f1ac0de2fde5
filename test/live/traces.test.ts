// Sends traces with OpenTelemetry's variables in the environment, to collectors that take them and others.
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCollector, type Collector, type ReceivedSpan } from "../report/otel/collector.ts";
import { makeSelfSigned } from "../report/otel/self-signed.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Ended, type Played, type Workspace } from "./workspace.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT_ID = "b7ad6b7169203331";
const TOKEN = "Bearer top-secret";
const SECRET = "correct horse";

const SITE = `
- name: Site
  hosts: all
  modules: probe.erl
  vars: { password: "${SECRET}" }
  steps:
    - { name: Ship, push: probe }
    - { name: Flaky, run: probe:flaky(), retries: 2, delay: 0 }
    - { name: Ignored, run: "erlang:error(little)", ignore_errors: true }
    - name: Guarded
      block: [{ name: Rescued, run: "erlang:throw(rope)" }]
      rescue: [{ name: Help, run: "erlang:node()" }]
    - { name: Hidden, run: 'erlang:list_to_binary("\${{ vars.password }}")', no_log: true }
    - { name: Left out, run: "erlang:node()", when: host.name == "nobody" }
    - { name: Fails, run: probe:fail(), when: host.name == "two" }
- name: Later
  hosts: one
  steps: [{ name: Again, run: "erlang:node()" }]
`;

const PROBE = `-module(probe).
-export([flaky/0, fail/0]).
flaky() ->
    case persistent_term:get(probe, first) of
        first -> persistent_term:put(probe, second), error(first);
        second -> ok
    end.
fail() -> error({disk, gone}).
`;

let sshd: Sshd;
let workspace: Workspace;
let collector: Collector;
/** The environment of what the workspace runs. */
const launcher: string[] = ["env"];

function setEnvironment(variables: Readonly<Record<string, string>>): void {
  launcher.splice(1, Infinity, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`));
}

beforeAll(async () => {
  sshd = await startSshd();
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const hosts = { one: hostOf(sshd), two: hostOf(sshd), away: hostOf(sshd, { fusion_port: port }) };
  workspace = await openWorkspace({ all: { hosts } }, { launcher });
  await workspace.write({
    "site.yml": SITE,
    "probe.erl": PROBE,
    "alive.yml": '- hosts: one\n  steps: [{ name: Alive, run: "erlang:node()" }]\n',
    "endless.yml": '- hosts: one\n  steps: [{ name: Endless, run: "timer:sleep(infinity)" }]\n',
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0] as ReceivedSpan;
};

const below = (spans: readonly ReceivedSpan[], parent: ReceivedSpan): ReceivedSpan[] =>
  spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);

const childNamed = (spans: readonly ReceivedSpan[], parent: ReceivedSpan, name: string): ReceivedSpan =>
  named(below(spans, parent), name);

describe("a run with hosts that are well, failed and unreachable", () => {
  let played: Played;
  let spans: readonly ReceivedSpan[];

  beforeAll(async () => {
    collector = await startCollector();
    setEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/otlp/`,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(TOKEN)},x-team=platform`,
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,service.name=no",
      OTEL_SERVICE_NAME: "fleet",
      TRACEPARENT: `00-${TRACE_ID}-${PARENT_ID}-01`,
      TRACESTATE: "ci=1",
    });
    played = await workspace.play("site.yml");
    ({ spans } = collector);
  });

  afterAll(() => collector[Symbol.asyncDispose]());

  test("ends as it does without a collector, and nothing is said of it", () => {
    expect([played.exitCode, played.stderr]).toEqual([6, ""]);
  });

  test("is sent as JSON, with the headers and the resource that were asked for", () => {
    expect(collector.requests.length).toBeGreaterThan(0);
    for (const { path, headers, resource } of collector.requests) {
      expect(path).toBe("/otlp/v1/traces");
      expect(headers).toMatchObject({
        "content-type": "application/json",
        authorization: TOKEN,
        "x-team": "platform",
      });
      expect(resource).toMatchObject({
        "service.name": "fleet",
        "deployment.environment.name": "test",
        "telemetry.sdk.language": "nodejs",
      });
    }
  });

  test("is one trace below what began it: run, plays, hosts, phases and steps", () => {
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    expect(new Set(spans.map(({ traceState }) => traceState))).toEqual(new Set(["ci=1"]));
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    const run = named(spans, "run");
    expect(run.parentSpanId).toBe(PARENT_ID);
    expect(below(spans, run).map(({ name }) => name)).toEqual(["play Site", "play Later"]);
    const site = named(spans, "play Site");
    expect(
      below(spans, site)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(["host away", "host one", "host two"]);
    const names = below(spans, childNamed(spans, site, "host one")).map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual(["connect", "authenticate", "tunnel", "boot", "handshake"]);
    const steps = ["Ship", "Flaky", "Ignored", "Rescued", "Help", "Hidden", "Left out", "Fails"];
    expect(names.slice(5)).toEqual(steps.map((name) => `step ${name}`));
    // The BEAM of the first play is that of the second one.
    const again = childNamed(spans, named(spans, "play Later"), "host one");
    expect(below(spans, again).map(({ name }) => name)).toEqual(["step Again"]);
  });

  test("has spans within the times of those above them", () => {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    for (const span of spans) {
      const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
      expect(end >= start, span.name).toBe(true);
      if (span.name === "run") continue;
      const parent = byId.get(span.parentSpanId ?? "");
      expect(parent, `the parent of ${span.name}`).toBeDefined();
      expect(BigInt(parent?.startTimeUnixNano ?? 0) <= start, span.name).toBe(true);
      expect(BigInt(parent?.endTimeUnixNano ?? 0) >= end, span.name).toBe(true);
    }
  });

  test("tells what was shipped, tried and left out", () => {
    const one = childNamed(spans, named(spans, "play Site"), "host one");
    const ship = childNamed(spans, one, "step Ship");
    expect(ship).toMatchObject({ kind: 3, attributes: { "fusion_play.step.kind": "push" }, status: {} });
    expect(childNamed(spans, ship, "push").attributes["fusion_play.pushed.modules"]).toBe(1);
    expect(childNamed(spans, one, "step Flaky").attributes).toMatchObject({
      "fusion_play.step.attempts": 2,
      "fusion_play.step.status": "ok",
    });
    expect(childNamed(spans, one, "step Left out").attributes["fusion_play.step.status"]).toBe("skipped");
    expect(one.attributes).toMatchObject({ "server.address": "one", "fusion_play.transport": "tunnels" });
  });

  test("has errors where something failed that counts, and exceptions for the rest", () => {
    const site = named(spans, "play Site");
    const [one, two, away] = ["one", "two", "away"].map((host) => childNamed(spans, site, `host ${host}`));
    const fails = childNamed(spans, two as ReceivedSpan, "step Fails");
    expect(fails).toMatchObject({
      status: { code: 2, message: expect.stringContaining("probe:fail/0 raised {disk,gone}") },
      attributes: { "error.type": "REMOTE_EXCEPTION" },
      events: [
        {
          name: "exception",
          attributes: {
            "exception.type": "error",
            "exception.stacktrace": expect.stringContaining("probe:fail/0"),
            "fusion_play.error.reason": "{disk,gone}",
          },
        },
      ],
    });
    expect(two?.status.code).toBe(2);
    expect(away).toMatchObject({ status: { code: 2 }, attributes: { "error.type": "SSH_CONNECT_FAILED" } });
    expect(below(spans, away as ReceivedSpan).at(-1)).toMatchObject({ name: "connect", status: { code: 2 } });
    expect([site.status.code, named(spans, "run").status.code]).toEqual([2, 2]);
    expect(named(spans, "run").attributes["process.exit.code"]).toBe(6);
    expect([one?.status, named(spans, "play Later").status]).toEqual([{}, {}]);
    for (const name of ["step Ignored", "step Rescued"]) {
      const step = childNamed(spans, one as ReceivedSpan, name);
      expect([step.status, step.events.length, step.attributes["error.type"]]).toEqual([{}, 1, undefined]);
    }
  });

  test("holds nothing that is hidden, and shows no header", () => {
    const sent = collector.requests.map(({ body }) => body).join("");
    expect(sent).toContain("step Hidden");
    expect(sent).not.toContain(SECRET);
    expect(played.stdout + played.stderr).not.toContain(TOKEN);
  });
});

test("a run that is stopped is a trace that says so", async () => {
  await using taking = await startCollector();
  setEnvironment({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${taking.url}/here` });
  const playing = workspace.startPlay("endless.yml");
  await playing.said('"step_started"');
  playing.kill("SIGINT");
  const { exitCode, stderr } = await playing.ended;
  expect([exitCode, stderr]).toEqual([130, ""]);
  expect(taking.requests[0]?.path).toBe("/here");
  expect(named(taking.spans, "run")).toMatchObject({
    attributes: { "fusion_play.run.status": "cancelled" },
    status: { code: 2 },
  });
  expect(named(taking.spans, "run").parentSpanId).toBeUndefined();
  expect(named(taking.spans, "host one").attributes["fusion_play.host.status"]).toBe("cancelled");
  expect(named(taking.spans, "step Endless").attributes["error.type"]).toBe("CANCELLED");
});

describe("a collector that takes nothing changes nothing but one line of standard error", () => {
  /** Runs a playbook that ends well. */
  const alive = (): Promise<Ended> => workspace.run("alive.yml", "-i", "hosts.yml", "--output", "ndjson");

  const expectLost = ({ exitCode, stdout, stderr }: Ended, why: RegExp): void => {
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split("\n").at(-1)).toContain('"type":"run_finished"');
    expect(stderr).toMatch(/^warning: Cannot send the trace to https?:\/\/127\.0\.0\.1:\d+: [^\n]*\n$/);
    expect(stderr).toMatch(why);
    expect(stdout + stderr).not.toContain(TOKEN);
  };

  const headers = { OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(TOKEN)}` };

  test("where nobody listens", async () => {
    const gone = await startCollector();
    await gone[Symbol.asyncDispose]();
    setEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: gone.url, ...headers });
    expectLost(await alive(), /connection refused; lost: \d+ of \d+ spans/);
  });

  test.each([
    [400, {}, /HTTP 400;/],
    [429, { "retry-after": "0" }, /HTTP 429;/],
    [503, { "retry-after": "3600" }, /HTTP 503;/],
    [307, { location: "http://127.0.0.1:1/" }, /HTTP 307, and redirects are not followed;/],
  ])("that answers %d %j", async (status, answerHeaders, why) => {
    await using refusing = await startCollector();
    refusing.answer = () => ({ status, headers: answerHeaders, body: TOKEN });
    setEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: refusing.url, ...headers });
    expectLost(await alive(), why);
    expect(refusing.requests).not.toEqual([]);
  });

  test("that does not answer", async () => {
    await using silent = await startCollector();
    silent.answer = () => "nothing";
    setEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: silent.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: "100",
      ...headers,
    });
    expectLost(await alive(), /no answer in time;/);
  });

  test("whose certificate nobody vouches for, until NODE_EXTRA_CA_CERTS does", async () => {
    const pair = makeSelfSigned();
    await using secured = await startCollector(pair);
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: secured.url, ...headers };
    setEnvironment(environment);
    expectLost(await alive(), /its certificate is not trusted \(/);
    expect(secured.requests).toEqual([]);
    await workspace.write({ "authority.pem": pair.cert });
    setEnvironment({ ...environment, NODE_EXTRA_CA_CERTS: join(workspace.folder, "authority.pem") });
    const { exitCode, stderr } = await alive();
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(secured.spans.map(({ name }) => name)).toContain("run");
  });
});

test("a collector that is busy at first gets the whole trace, and one that is told of as gone nothing", async () => {
  await using busy = await startCollector();
  busy.answer = () => (busy.requests.length < 2 ? { status: 503 } : { status: 200 });
  setEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: busy.url });
  const run = ["alive.yml", "-i", "hosts.yml", "--output", "ndjson"];
  const { exitCode, stderr } = await workspace.run(...run);
  expect([exitCode, stderr]).toEqual([0, ""]);
  const names = busy.spans.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["run", "host one", "boot", "step Alive"]));

  const { length } = busy.requests;
  for (const off of [
    { OTEL_SDK_DISABLED: "true" },
    { OTEL_TRACES_EXPORTER: "none" },
    { TRACEPARENT: `00-${TRACE_ID}-${PARENT_ID}-00` },
  ]) {
    setEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: busy.url, ...off });
    const ended = await workspace.run(...run);
    expect([ended.exitCode, ended.stderr]).toEqual([0, ""]);
  }
  setEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: busy.url, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" });
  const refused = await workspace.run(...run);
  expect([refused.exitCode, refused.stderr]).toEqual([
    0,
    expect.stringMatching(/^warning: Cannot send a trace: OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc, .*\n$/),
  ]);
  setEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: busy.url });
  await workspace.run("--dry-run", "alive.yml", "-i", "hosts.yml");
  expect(busy.requests).toHaveLength(length);
});
