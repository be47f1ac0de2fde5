import type { DryRunHost, DryRunProblem, DryRunReport } from "../../src/engine/dry-run-report.ts";

const NO_FUNCTION: DryRunProblem[] = [
  {
    code: "FUNCTION_NOT_FOUND",
    message: "RemoteHealth has no function drop_cache/0\nDid you mean drop_caches/0?",
  },
];
const NO_MODULE: DryRunProblem[] = [
  { code: "MODULE_NOT_FOUND", message: "Cannot find the module Backup: no code path holds it" },
];
const NOTHING_FOUND = { problems: [], warnings: [], unknown_calls: [], unchecked_calls: [] };

const shared: DryRunHost = {
  steps: [
    {
      name: "Ship the health check",
      kind: "push",
      would_push: [
        {
          module: "Elixir.RemoteHealth",
          bytes: 1234,
          md5: "0123456789abcdef0123456789abcdef",
          needed_by: null,
          reason: null,
          elixir: null,
          file: "ebin/Elixir.RemoteHealth.beam",
          effects: ["os.cmd", "file_write", "dynamic"],
          own_effects: [
            {
              effect: "file_write",
              called: { module: "Elixir.File", function: "write!", arity: 2 },
              callers: [
                {
                  module: "Elixir.RemoteHealth",
                  function: "save",
                  arity: 1,
                  file: "lib/remote_health.ex",
                  line: 30,
                },
              ],
            },
          ],
        },
        {
          module: "health_os",
          bytes: 98765,
          md5: "fedcba9876543210fedcba9876543210",
          needed_by: "Elixir.RemoteHealth",
          reason: { type: "imports", functions: ["load/0", "memory/0"] },
          elixir: null,
          file: "ebin/health_os.beam",
          effects: ["os.cmd", "on_load", "dynamic"],
          own_effects: [
            {
              effect: "os.cmd",
              called: { module: "os", function: "cmd", arity: 1 },
              callers: [{ module: "health_os", function: "run", arity: 1, file: "health_os.erl", line: 3 }],
            },
            {
              effect: "os.cmd",
              called: { module: "os", function: "cmd", arity: 2 },
              callers: [{ module: "health_os", function: "run", arity: 2, file: "health_os.erl", line: 4 }],
            },
            {
              effect: "on_load",
              called: null,
              callers: [{ module: "health_os", function: "init", arity: 0, file: null, line: null }],
            },
            {
              effect: "dynamic",
              called: { module: null, function: null, arity: 1 },
              callers: [{ module: "health_os", function: "probe", arity: 2, file: "health_os.erl", line: 5 }],
            },
          ],
        },
      ],
      would_push_files: [
        {
          application: "health",
          path: "priv/health_nif.so",
          bytes: 16384,
          sha256: "ab".repeat(32),
          file: "../health/priv/health_nif.so",
        },
      ],
      problems: [],
      warnings: [
        {
          code: "MODULE_NOT_FOUND",
          message:
            "Cannot call Jason.encode!/1 from RemoteHealth.encode/1 (lib/remote_health.ex:21): nobody has it",
          called: { module: "Elixir.Jason", function: "encode!", arity: 1 },
          callers: [
            {
              module: "Elixir.RemoteHealth",
              function: "encode",
              arity: 1,
              file: "lib/remote_health.ex",
              line: 21,
            },
          ],
        },
      ],
      unknown_calls: [
        {
          module: "Elixir.RemoteHealth",
          called: { module: null, function: "memory", arity: 0 },
          callers: [{ module: "Elixir.RemoteHealth", function: "check", arity: 0, file: null, line: null }],
        },
        {
          module: "health_os",
          called: { module: null, function: null, arity: 1 },
          callers: [
            { module: "health_os", function: "probe", arity: 2, file: "health_os.erl", line: 5 },
            { module: "health_os", function: "load", arity: 0, file: "health_os.erl", line: 9 },
            { module: "health_os", function: "swap", arity: 0, file: "health_os.erl", line: 12 },
          ],
        },
        { module: "health_new", called: { module: null, function: null, arity: null }, callers: [] },
      ],
      unchecked_calls: [],
    },
    { ...NOTHING_FOUND, name: "Collect", kind: "run", would_push: [], would_push_files: [] },
    {
      ...NOTHING_FOUND,
      name: "Drop caches",
      kind: "run",
      would_push: [],
      would_push_files: [],
      unknown: 'whether it runs: when "health.memory_mb < 512" needs a result',
      problems: NO_FUNCTION,
      unchecked_calls: [
        { module: "lists", function: "sort", arity: 1 },
        { module: "Elixir.Enum", function: "map", arity: 2 },
        { module: "lists", function: "map", arity: 2 },
        { module: "file", function: "consult", arity: 1 },
      ],
    },
  ],
  problems: NO_FUNCTION,
  totals: { modules: 2, bytes: 99999, files: 1, file_bytes: 16384 },
  without_elixir: { elixir: "1.14.0", modules: 220, bytes: 1_740_236 },
};

/** A dry run with hosts of equal and of other plans, and with every kind of remark. */
export const sampleDryRun: DryRunReport = {
  version: 1,
  status: "problems",
  exit_code: 7,
  plays: [
    {
      name: "Fleet health",
      hosts: {
        web01: shared,
        web02: shared,
        // Equal, but not the same object.
        web03: structuredClone(shared),
        db1: {
          steps: [
            {
              ...NOTHING_FOUND,
              name: "Back up",
              kind: "push",
              would_push: [],
              would_push_files: [],
              problems: NO_MODULE,
            },
          ],
          problems: NO_MODULE,
          totals: { modules: 0, bytes: 0, files: 0, file_bytes: 0 },
        },
      },
    },
    {
      name: "Connected",
      hosts: {
        web01: {
          steps: [
            {
              ...NOTHING_FOUND,
              name: "Ship",
              kind: "push",
              would_push: [
                {
                  module: "health_os",
                  bytes: 2000,
                  md5: "fedcba9876543210fedcba9876543210",
                  needed_by: null,
                  reason: null,
                  elixir: null,
                  file: "ebin/health_os.beam",
                  effects: [],
                  own_effects: [],
                  replaces: {
                    md5: "0123456789abcdef0123456789abcdef",
                    file: "/opt/health\u001b/ebin/health_os.beam",
                  },
                },
                {
                  module: "health_new",
                  bytes: 1000,
                  md5: "fedcba9876543210fedcba9876543211",
                  needed_by: null,
                  reason: null,
                  elixir: null,
                  file: "ebin/health_new.beam",
                  effects: [],
                  own_effects: [],
                  replaces: { md5: "89abcdef0123456789abcdef01234567", file: null },
                },
              ],
              would_push_files: [],
            },
          ],
          problems: [],
          totals: { modules: 2, bytes: 3000, files: 0, file_bytes: 0 },
          runtime: { otp: "25", elixir: null },
          error: null,
        },
        web02: {
          steps: [],
          problems: [],
          totals: { modules: 0, bytes: 0, files: 0, file_bytes: 0 },
          runtime: null,
          error: {
            code: "SSH_CONNECT_FAILED",
            message: "Cannot connect to web02 (10.0.0.2:22): connection refused",
            hint: "Check that sshd runs on the host",
          },
        },
      },
    },
    {
      name: "Conditional",
      hosts: {
        web01: {
          steps: [],
          unknown: "its steps are a function",
          problems: [],
          totals: { modules: 0, bytes: 0, files: 0, file_bytes: 0 },
        },
      },
    },
  ],
};
