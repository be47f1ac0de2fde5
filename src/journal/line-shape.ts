import { isTermNode } from "../etf/term.ts";

/** Says whether a value is what a run writes at some place of a journal. */
type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === "string";
const count: Shape = (value) => Number.isInteger(value) && (value as number) >= 0;
const amount: Shape = (value) => typeof value === "number" && value >= 0;
const flag: Shape = (value) => typeof value === "boolean";
const present: Shape = (value) => value !== undefined;
const isTrue: Shape = (value) => value === true;
const time: Shape = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));

/** What a host gave. */
const term: Shape = (value) =>
  typeof value === "number" ||
  typeof value === "bigint" ||
  value instanceof Uint8Array ||
  isTermNode(value) ||
  (Array.isArray(value) && value.every(term));

const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);
const nullable =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);
const oneOf =
  (...values: readonly string[]): Shape =>
  (value) =>
    typeof value === "string" && values.includes(value);
const list =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);
const mapping =
  (shape: Shape): Shape =>
  (value) =>
    isMapping(value) && Object.values(value).every(shape);

/** Keys beside those of `shapes` may be from a later version. */
const object =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isMapping(value) &&
    Object.entries(shapes).every(([key, shape]) => shape(Object.hasOwn(value, key) ? value[key] : undefined));

/** One of several objects, which `key` tells apart. */
const variant =
  (key: string, shapes: Readonly<Record<string, Shape>>): Shape =>
  (value) => {
    if (!isMapping(value) || !Object.hasOwn(value, key)) return false;
    const name = value[key];
    return typeof name === "string" && Object.hasOwn(shapes, name) && shapes[name]?.(value) === true;
  };

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const place = { file: optional(text), line: optional(count) };
const kind = oneOf("push", "run", "eval", "assert", "set", "fail", "pause", "wait_for", "meta", "block");
const stepStatus = oneOf("ok", "changed", "failed", "skipped", "ignored");
const runtime = nullable(object({ otp: text, elixir: nullable(text) }));
const transport = nullable(oneOf("tunnels", "stdio"));
const written = { name: text, written_name: optional(text), written_nth: optional(count) };

const traffic = object({
  round_trips: count,
  messages_sent: count,
  messages_received: count,
  bytes_sent: count,
  bytes_received: count,
});

const error = object({
  code: text,
  message: text,
  hint: nullable(text),
  class: optional(text),
  reason: optional(text),
  stacktrace: optional(list(text)),
  expected: optional(text),
  actual: optional(text),
});

const reason = variant("type", {
  protocol_implementation: object({ protocol: text, target: text }),
  imports: object({ functions: list(text) }),
  behaviour: object({}),
  application: object({ application: text }),
  atom: object({ where: oneOf("code", "literal", "attribute") }),
});

const pushedModule = object({
  module: text,
  bytes: count,
  md5: text,
  needed_by: nullable(text),
  reason: nullable(reason),
  elixir: nullable(text),
  on_demand: optional(isTrue),
});

const outcome = {
  status: stepStatus,
  attempts: count,
  result: nullable(term),
  error: nullable(error),
  would_run: optional(isTrue),
  diff: optional(term),
  delegated_to: optional(text),
};

const stepReport = object({
  ...written,
  ...place,
  ...outcome,
  kind,
  handler: optional(isTrue),
  rescued: flag,
  resumed: optional(isTrue),
  ran_on: optional(text),
  started_at: optional(time),
  duration_ms: amount,
  push_ms: optional(amount),
  traffic: optional(traffic),
  push_traffic: optional(traffic),
  items: nullable(list(object({ ...outcome, label: text }))),
  output: text,
  pushed: list(pushedModule),
  pushed_files: list(object({ application: text, path: text, bytes: count, sha256: text })),
  language: oneOf("elixir", "erlang"),
});

const hostReport = object({
  status: oneOf("ok", "failed", "unreachable", "skipped", "cancelled"),
  ignored: optional(isTrue),
  reconnected: optional(count),
  error: nullable(error),
  phases: optional(
    list(
      object({
        phase: oneOf("connect", "authenticate", "tunnel", "runtime", "boot", "handshake"),
        started_at: time,
        duration_ms: amount,
        traffic: optional(traffic),
      }),
    ),
  ),
  runtime,
  transport,
  pushed: object({ modules: count, bytes: count, skipped: count, files: count, file_bytes: count }),
  fetched: optional(list(pushedModule)),
  facts: optional(term),
  traffic: optional(object({ total: traffic, facts: optional(traffic) })),
});

const onHost = { at: time, play: count, host: text };

/** Whether a value is a line of a journal, as runs write it. */
export const isJournalLine: Shape = variant("type", {
  journal: object({
    at: time,
    version: count,
    digest: object({ playbooks: text, modules: text }),
    shard: optional(object({ index: count, count })),
  }),
  play_begun: object({ ...place, at: time, play: count, name: text, hosts: list(text) }),
  run_ended: object({
    at: time,
    status: oneOf("ok", "failed", "unreachable", "cancelled"),
    exit_code: count,
  }),
  host_connected: object({ ...onHost, runtime, transport }),
  step_begun: object({ ...onHost, ...written, ...place, kind }),
  step_ended: object({
    ...onHost,
    report: stepReport,
    data: present,
    register: optional(text),
    vars: mapping(present),
    once: optional(count),
    ends_play: optional(isTrue),
    hidden: optional(isTrue),
  }),
  host_stopped: object(onHost),
  host_ended: object({
    ...onHost,
    report: hostReport,
    memory: object({ registered: mapping(present), set: mapping(present) }),
    hidden: optional(isTrue),
  }),
});
