import { expect, test } from "vitest";
import type { DryRunModule } from "../../src/engine/dry-run-report.ts";
import { displayWidth } from "../../src/report/display-width.ts";
import { dryRunTable } from "../../src/report/dry-run-table.ts";
import { renderLine } from "../../src/report/line.ts";
import { sampleDryRun } from "./sample-dry-run.ts";

const plain = { color: false, unicode: true } as const;
const modules: readonly DryRunModule[] = [
  ...(sampleDryRun.plays[0]?.hosts["web01"]?.steps[0]?.would_push ?? []),
  {
    module: "Elixir.RemoteHealth.Storage.Adapters.FileSystem",
    bytes: 123456,
    md5: "0123456789abcdef0123456789abcdef",
    needed_by: "Elixir.RemoteHealth.Storage.Adapters",
    elixir: null,
    reason: { type: "atom", where: "literal" },
    file: "/srv/build/_build/prod/lib/remote_health/ebin/Elixir.RemoteHealth.Storage.Adapters.FileSystem.beam",
    effects: [],
    own_effects: [],
  },
];

function table(width?: number): string[] {
  const options = width === undefined ? plain : { ...plain, width };
  return dryRunTable(modules, "  ", options).map((line) => renderLine(line, plain));
}

test.each([80, 100, 120, 200])("dryRunTable() fits into %i columns", (width) => {
  for (const line of table(width)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
});

test("dryRunTable() leaves out the least important columns first, and shortens names last", () => {
  expect(table(80).join("\n")).toMatchInlineSnapshot(`
    "  MODULE                   BYTES  NEEDED BY               EFFECTS
      RemoteHealth              1234  (this step)             file_write, (os.cmd, …
      health_os                98765  RemoteHealth            os.cmd, on_load, ?
      RemoteHealth.Storage.…  123456  RemoteHealth.Storage.…"
  `);
  expect(table(120).join("\n")).toMatchInlineSnapshot(`
    "  MODULE                                     BYTES  NEEDED BY                      REASON   EFFECTS
      RemoteHealth                                1234  (this step)                             file_write, (os.cmd, ?)
      health_os                                  98765  RemoteHealth                   imports  os.cmd, on_load, ?
      RemoteHealth.Storage.Adapters.FileSystem  123456  RemoteHealth.Storage.Adapters  atom"
  `);
});

test("dryRunTable() writes all of it where no width is given", () => {
  expect(table().join("\n")).toContain(modules[2]?.file);
  expect(table()[0]?.trim().split(/ {2,}/)).toEqual([
    "MODULE",
    "BYTES",
    "MD5",
    "NEEDED BY",
    "REASON",
    "EFFECTS",
    "FILE",
  ]);
});

test("dryRunTable() has no column for effects where no module has any", () => {
  const quiet = modules.map((module) => ({ ...module, effects: [], own_effects: [] }));
  const [header] = dryRunTable(quiet, "", plain).map((line) => renderLine(line, plain));
  expect(header).not.toContain("EFFECTS");
});
