import { expect, test } from "vitest";
import { whyText } from "../../src/report/why-text.ts";
import { sampleWhy } from "./sample-modules.ts";

const plain = { color: false, unicode: true };

test("whyText() shows each chain with the reason of every need, and how many more there are", () => {
  expect(whyText(sampleWhy, plain)).toMatchInlineSnapshot(`
    "RemoteHealth: asked for
    └─ health_os: imports disks/0, load/1, memory/0, memory/1 and 2 more
       └─ os: imports cmd/1

    RemoteHealth: asked for
    └─ RemoteHealth.Checks.DiskSpace: atom in a literal
       └─ os: behaviour

    and 2 more chains of this length

    os is provided by Erlang and Elixir, and not shipped
    "
  `);
});

test("whyText() says that a module was asked for, or that nothing needs it", () => {
  const why = { ...sampleWhy, module: "Elixir.RemoteHealth", provided: false, chain_count: 1 };
  expect(whyText({ ...why, chains: [[{ module: why.module, reason: null }]] }, plain)).toBe(
    "RemoteHealth: asked for\n",
  );
  expect(whyText({ ...why, chains: [], chain_count: 0 }, plain)).toBe(
    "Nothing that was asked for needs RemoteHealth\n",
  );
});

test("whyText() names protocol and target of an implementation", () => {
  const reason = {
    type: "protocol_implementation",
    protocol: "Elixir.String.Chars",
    target: "Elixir.Disk",
  } as const;
  const chain = [
    { module: "Elixir.Disk", reason: null },
    { module: "Elixir.String.Chars.Disk", reason },
  ];
  const report = { ...sampleWhy, module: "Elixir.String.Chars.Disk", provided: false, chain_count: 1 };
  expect(whyText({ ...report, chains: [chain] }, { color: false, unicode: false })).toBe(
    "Disk: asked for\n`- String.Chars.Disk: protocol implementation of String.Chars for Disk\n",
  );
});
