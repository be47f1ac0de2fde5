import type { ModulesReport, WhyReport } from "../../src/report/modules-report.ts";

const md5 = (digit: string): string => digit.repeat(32);

/** A closure with every kind of reason, and a cycle. */
export const sampleModules: ModulesReport = {
  version: 1,
  roots: ["Elixir.RemoteHealth"],
  modules: [
    {
      module: "health_os",
      file: "ebin/health_os.beam",
      md5: md5("1"),
      file_bytes: 2048,
      bytes: 980,
      needed_by: "Elixir.RemoteHealth",
      reason: {
        type: "imports",
        functions: ["disks/0", "load/1", "memory/0", "memory/1", "up/0", "users/0"],
      },
      needs: [{ module: "Elixir.RemoteHealth", reason: { type: "atom", where: "attribute" } }],
      needs_provided: [{ module: "os", reason: { type: "imports", functions: ["cmd/1"] } }],
      effects: ["os.cmd", "dynamic"],
      own_effects: [
        {
          effect: "os.cmd",
          called: { module: "os", function: "cmd", arity: 1 },
          callers: [{ module: "health_os", function: "run", arity: 1, file: "health_os.erl", line: 3 }],
        },
        {
          effect: "dynamic",
          called: { module: null, function: null, arity: 1 },
          callers: [{ module: "health_os", function: "probe", arity: 2, file: null, line: null }],
        },
      ],
    },
    {
      module: "Elixir.RemoteHealth.Check",
      file: "ebin/Elixir.RemoteHealth.Check.beam",
      md5: md5("2"),
      file_bytes: 900,
      bytes: 400,
      needed_by: "Elixir.RemoteHealth.Checks.DiskSpace",
      reason: { type: "behaviour" },
      needs: [],
      needs_provided: [],
      effects: [],
      own_effects: [],
    },
    {
      module: "Elixir.RemoteHealth.Checks.DiskSpace",
      file: "ebin/Elixir.RemoteHealth.Checks.DiskSpace.beam",
      md5: md5("3"),
      file_bytes: 12_345,
      bytes: 5678,
      needed_by: "Elixir.RemoteHealth",
      reason: { type: "atom", where: "literal" },
      needs: [
        { module: "Elixir.RemoteHealth.Check", reason: { type: "behaviour" } },
        { module: "health_os", reason: { type: "imports", functions: ["disks/0"] } },
        {
          module: "Elixir.String.Chars.RemoteHealth.Checks.DiskSpace",
          reason: {
            type: "protocol_implementation",
            protocol: "Elixir.String.Chars",
            target: "Elixir.RemoteHealth.Checks.DiskSpace",
          },
        },
      ],
      needs_provided: [{ module: "Elixir.Enum", reason: { type: "imports", functions: ["map/2"] } }],
      effects: ["os.cmd", "halt", "dynamic"],
      own_effects: [
        {
          effect: "halt",
          called: { module: "Elixir.System", function: "stop", arity: 1 },
          callers: [
            {
              module: "Elixir.RemoteHealth.Checks.DiskSpace",
              function: "run",
              arity: 1,
              file: null,
              line: null,
            },
          ],
        },
      ],
    },
    {
      module: "Elixir.RemoteHealth",
      file: "lib/remote_health.ex",
      md5: md5("4"),
      file_bytes: 4000,
      bytes: 2000,
      needed_by: null,
      reason: null,
      needs: [
        { module: "health_os", reason: { type: "imports", functions: ["load/1"] } },
        { module: "Elixir.RemoteHealth.Checks.DiskSpace", reason: { type: "atom", where: "literal" } },
      ],
      needs_provided: [],
      effects: [],
      own_effects: [],
    },
    {
      module: "Elixir.String.Chars.RemoteHealth.Checks.DiskSpace",
      file: "ebin/Elixir.String.Chars.RemoteHealth.Checks.DiskSpace.beam",
      md5: md5("5"),
      file_bytes: 800,
      bytes: 300,
      needed_by: "Elixir.RemoteHealth.Checks.DiskSpace",
      reason: {
        type: "protocol_implementation",
        protocol: "Elixir.String.Chars",
        target: "Elixir.RemoteHealth.Checks.DiskSpace",
      },
      needs: [{ module: "Elixir.RemoteHealth.Checks.DiskSpace", reason: { type: "atom", where: "code" } }],
      needs_provided: [],
      effects: [],
      own_effects: [],
    },
  ],
  provided: ["Elixir.Enum", "os"],
  installed: { erlang: true, elixir: true },
  totals: { modules: 5, file_bytes: 20_093, bytes: 9358 },
};

/** Two chains out of more, to a module that is provided. */
export const sampleWhy: WhyReport = {
  version: 1,
  module: "os",
  provided: true,
  chains: [
    [
      { module: "Elixir.RemoteHealth", reason: null },
      {
        module: "health_os",
        reason: {
          type: "imports",
          functions: ["disks/0", "load/1", "memory/0", "memory/1", "up/0", "users/0"],
        },
      },
      { module: "os", reason: { type: "imports", functions: ["cmd/1"] } },
    ],
    [
      { module: "Elixir.RemoteHealth", reason: null },
      { module: "Elixir.RemoteHealth.Checks.DiskSpace", reason: { type: "atom", where: "literal" } },
      { module: "os", reason: { type: "behaviour" } },
    ],
  ],
  chain_count: 4,
};
