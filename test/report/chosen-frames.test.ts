import { expect, test } from "vitest";
import { chosenFrames, ownModules } from "../../src/report/chosen-frames.ts";
import { hostReport, stepReport } from "./sample-run.ts";

const trace = [
  ":erlang.binary_to_integer/1",
  "lib/enum.ex:1658: Enum.map/2",
  "lib/enum.ex:2468: Enum.reduce/3",
  "lib/shop/order.ex:12: Shop.Order.parse/1",
  "lists.erl:1342: :lists.map/2",
  'lib/shop.ex:3: Shop."-run/0-fun-0-"/1',
  "codec.erl:7: :codec.decode/1",
  "site.yml:12: :play_1a2b.run/0",
];
const own = new Set(["Shop", "Shop.Order", "codec", "play_1a2b"]);

test("chosenFrames() has all where there is room", () => {
  expect(chosenFrames(trace, own, 8)).toBe(trace);
});

test("chosenFrames() has the innermost frame and our own ones, in their order, and then others", () => {
  expect(chosenFrames(trace, own, 5)).toEqual([0, 3, 5, 6, 7].map((index) => trace[index]));
  expect(chosenFrames(trace, own, 3)).toEqual([0, 3, 5].map((index) => trace[index]));
  expect(chosenFrames(trace, new Set(["codec"]), 4)).toEqual([0, 1, 2, 6].map((index) => trace[index]));
});

test("chosenFrames() knows frames of Erlang, with and without a place", () => {
  const erlang = [
    "erlang:error/1",
    "gen_server.erl:5: gen_server:call/2",
    "my@app:f/0",
    "src/a.erl:1: a:b/0",
  ];
  expect(chosenFrames(erlang, new Set(["my@app", "a"]), 3)).toEqual([0, 2, 3].map((index) => erlang[index]));
});

test("ownModules() are those that were shipped or fetched, without Elixir's own", () => {
  const module = { bytes: 1, md5: "", needed_by: null, reason: null, elixir: null };
  const steps = [
    stepReport({
      name: "Push",
      kind: "push",
      status: "ok",
      pushed: [
        { ...module, module: "Elixir.Shop" },
        { ...module, module: "Elixir.Enum", elixir: "1.14.0" },
      ],
    }),
  ];
  const report = hostReport({ status: "ok", steps, fetched: [{ ...module, module: "codec" }] });
  expect(ownModules(report)).toEqual(new Set(["Shop", "codec"]));
});
