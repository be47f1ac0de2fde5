import { expect, test } from "vitest";
import { displayFunction, displayModule } from "../../src/etf/module-name.ts";
import { nearestModule } from "../../src/beam/module-name.ts";

test("displayModule() and displayFunction() write names as their language does", () => {
  expect(displayModule("Elixir.Remote.Health")).toBe("Remote.Health");
  expect(displayModule("my_app")).toBe("my_app");
  expect(displayFunction("Elixir.Remote.Health", "check", 0)).toBe("Remote.Health.check/0");
  expect(displayFunction("my_app", "start", 2)).toBe("my_app:start/2");
});

test("nearestModule() finds what was mistyped or left out, and nothing where nothing is near", () => {
  const modules = ["Elixir.MyApp.Health", "Elixir.Remote", "lists", "os"];
  expect(nearestModule("Elixir.Health", modules)).toBe("MyApp.Health");
  expect(nearestModule("Elixir.Remtoe", modules)).toBe("Remote");
  expect(nearestModule("list", modules)).toBe("lists");
  expect(nearestModule("io", modules)).toBeUndefined();
  expect(nearestModule("crypto", modules)).toBeUndefined();
  expect(nearestModule("crypto", [])).toBeUndefined();
});
