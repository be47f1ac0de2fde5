import { expect, test } from "vitest";
import type { ModulesReport, ReportedModule } from "../../src/report/modules-report.ts";
import { modulesTree } from "../../src/report/modules-tree.ts";
import { sampleModules } from "./sample-modules.ts";

const plain = { color: false, unicode: true };

/** Modules that call each other, all of them asked for. */
function reportOf(needs: Readonly<Record<string, readonly string[]>>): ModulesReport {
  const [sample] = sampleModules.modules as [ReportedModule];
  const modules = Object.entries(needs).map(([module, all]) => ({
    ...sample,
    module,
    needs: all.map(
      (needed) => ({ module: needed, reason: { type: "imports", functions: ["f/0"] } }) as const,
    ),
  }));
  return { ...sampleModules, roots: Object.keys(needs), modules };
}

/** The lines of the tree, without the totals. */
function tree(report: ModulesReport): string {
  return modulesTree(report, plain).split("\n\n")[0] ?? "";
}

test("modulesTree() shows who needs whom and why, and what a module needs where it is shown first", () => {
  expect(modulesTree(sampleModules, plain)).toMatchInlineSnapshot(`
    "RemoteHealth
    ├─ health_os (imports)
    │  └─ RemoteHealth (atom, shown above)
    └─ RemoteHealth.Checks.DiskSpace (atom)
       ├─ RemoteHealth.Check (behaviour)
       ├─ health_os (imports, shown above)
       └─ String.Chars.RemoteHealth.Checks.DiskSpace (protocol implementation)
          └─ RemoteHealth.Checks.DiskSpace (atom, shown above)

    5 modules: 20.1 kB in files, 9.4 kB shipped (47 %)
    Provided by Erlang and Elixir, and not shipped: 2 modules
    "
  `);
});

test("modulesTree() writes ASCII only without UTF-8", () => {
  expect(modulesTree(sampleModules, { color: false, unicode: false })).toMatchInlineSnapshot(`
    "RemoteHealth
    |- health_os (imports)
    |  \`- RemoteHealth (atom, shown above)
    \`- RemoteHealth.Checks.DiskSpace (atom)
       |- RemoteHealth.Check (behaviour)
       |- health_os (imports, shown above)
       \`- String.Chars.RemoteHealth.Checks.DiskSpace (protocol implementation)
          \`- RemoteHealth.Checks.DiskSpace (atom, shown above)

    5 modules: 20.1 kB in files, 9.4 kB shipped (47 %)
    Provided by Erlang and Elixir, and not shipped: 2 modules
    "
  `);
});

test("modulesTree() begins with what nothing needs, and shows each module that was asked for once as a top", () => {
  expect(tree(reportOf({ base: [], top: ["base"], one: ["two"], two: ["one"] }))).toBe(
    ["top", "└─ base (imports)", "one", "└─ two (imports)", "   └─ one (imports, shown above)"].join("\n"),
  );
});

test("modulesTree() shows chains that are longer than the stack of JavaScript", () => {
  const length = 20_000;
  const chain = Object.fromEntries(
    Array.from({ length }, (_, index) => [`m${index}`, index + 1 < length ? [`m${index + 1}`] : []]),
  );
  const [lines = ""] = modulesTree(reportOf(chain), { ...plain, width: 40 }).split("\n\n");
  expect(lines.split("\n")).toHaveLength(length);
});
