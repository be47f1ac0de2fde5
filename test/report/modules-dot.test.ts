import { expect, test } from "vitest";
import { modulesDot } from "../../src/report/modules-dot.ts";
import { readDot } from "./dot-graph.ts";
import { sampleModules } from "./sample-modules.ts";

test("modulesDot() writes a graph of Graphviz", () => {
  expect(modulesDot(sampleModules)).toMatchInlineSnapshot(`
    "digraph modules {
      rankdir=LR;
      node [shape=box];
      "health_os" [label="health_os", tooltip="980 B"];
      "Elixir.RemoteHealth.Check" [label="RemoteHealth.Check", tooltip="400 B"];
      "Elixir.RemoteHealth.Checks.DiskSpace" [label="RemoteHealth.Checks.DiskSpace", tooltip="5.7 kB"];
      "Elixir.RemoteHealth" [label="RemoteHealth", tooltip="2.0 kB", style=filled];
      "Elixir.String.Chars.RemoteHealth.Checks.DiskSpace" [label="String.Chars.RemoteHealth.Checks.DiskSpace", tooltip="300 B"];
      "health_os" -> "Elixir.RemoteHealth" [label="atom", style=dotted];
      "Elixir.RemoteHealth.Checks.DiskSpace" -> "Elixir.RemoteHealth.Check" [label="behaviour", style=bold];
      "Elixir.RemoteHealth.Checks.DiskSpace" -> "health_os" [label="imports", style=solid];
      "Elixir.RemoteHealth.Checks.DiskSpace" -> "Elixir.String.Chars.RemoteHealth.Checks.DiskSpace" [label="protocol implementation", style=dashed];
      "Elixir.RemoteHealth" -> "health_os" [label="imports", style=solid];
      "Elixir.RemoteHealth" -> "Elixir.RemoteHealth.Checks.DiskSpace" [label="atom", style=dotted];
      "Elixir.String.Chars.RemoteHealth.Checks.DiskSpace" -> "Elixir.RemoteHealth.Checks.DiskSpace" [label="atom", style=dotted];
    }
    "
  `);
});

test("modulesDot() has a node for each module and an edge for each need", () => {
  const { nodes, edges } = readDot(modulesDot(sampleModules));
  expect(Array.from(nodes.keys())).toEqual(sampleModules.modules.map(({ module }) => module));
  expect(edges.map(({ from, to }) => [from, to])).toEqual(
    sampleModules.modules.flatMap(({ module, needs }) => needs.map((need) => [module, need.module])),
  );
  expect(nodes.get("Elixir.RemoteHealth")).toMatchObject({ label: "RemoteHealth", style: "filled" });
});

test.each(['a "quoted" name', "a\\b", "ends in \\", "two\nlines", "größe", "; drop [", "->", "node"])(
  "modulesDot() writes the name %j as one ID",
  (module) => {
    const [sample] = sampleModules.modules;
    const report = { ...sampleModules, roots: [], modules: [{ ...sample!, module, needs: [] }] };
    const { nodes, edges } = readDot(modulesDot(report));
    expect([nodes.size, edges.length]).toEqual([1, 0]);
  },
);
