import { expect, test } from "vitest";
import { preparePlay } from "../../src/engine/prepare-play.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { playbookOf } from "./fake-run.ts";

test("preparePlay() ends what else is compiled, when code does not compile, and tells why once it has ended", async () => {
  const { plays } = await playbookOf(
    `- hosts: all
  steps:
    - eval: { erlang: "takes(long)" }
    - eval: { erlang: "is(wrong)" }
`,
  );
  const [play] = plays;
  if (play === undefined) throw new Error("there is no play");
  let hasEnded = false;
  const preparing = preparePlay(play, {
    signal: new AbortController().signal,
    openModules: async (_, signal) => {
      const source = new FakeModuleSource();
      source.compileInline = async ({ source: text }) => {
        if (text.startsWith("is")) throw new FusionPlayError("it is wrong", { code: "COMPILE_FAILED" });
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        await new Promise((resolve) => setTimeout(resolve, 20));
        hasEnded = true;
        throw signal.reason;
      };
      return source;
    },
  });
  await expect(preparing).rejects.toThrow("it is wrong");
  expect(hasEnded).toBe(true);
});
