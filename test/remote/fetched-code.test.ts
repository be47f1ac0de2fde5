import { expect, test } from "vitest";
import { ErpcError } from "../../src/dist/erpc-error.ts";
import type { ShippedModule } from "../../src/engine/module-source.ts";
import type { ServeOptions } from "../../src/engine/remote-node.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { atom, tuple } from "../../src/etf/term.ts";
import { FetchedCode } from "../../src/remote/fetched-code.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";

interface Serving {
  readonly code: FetchedCode;
  readonly fetched: string[];
  serve(source: FakeModuleSource | null, admit?: ServeOptions["admit"]): string | undefined;
}

function serving(): Serving {
  const code = new FetchedCode("web1");
  const fetched: string[] = [];
  const onFetch = ({ name }: ShippedModule): void => void fetched.push(name);
  return {
    code,
    fetched,
    serve: (source, admit) =>
      code.serve(source, { otp: "25", onFetch, ...(admit === undefined ? {} : { admit }) }).folder,
  };
}

/** A source whose modules differ in something from those of others. */
class OtherSource extends FakeModuleSource {
  readonly #difference: Partial<ShippedModule>;

  constructor(needs: Readonly<Record<string, readonly string[]>>, difference: Partial<ShippedModule>) {
    super(needs);
    this.#difference = difference;
  }

  override module(name: string): ShippedModule | undefined {
    const module = super.module(name);
    return module && { ...module, ...this.#difference };
  }
}

function modulesOf(source: FakeModuleSource, ...names: readonly string[]): ShippedModule[] {
  return names.flatMap((name) => source.module(name) ?? []);
}

test("read() gives modules of the play under way alone, and tells of each once", async () => {
  const { code, fetched, serve } = serving();
  expect(await code.read("/fusion-play/1/app.beam")).toBeUndefined();
  expect(serve(new FakeModuleSource({ app: [], "Elixir.App": [] }))).toBe("/fusion-play/1");
  expect(await code.read("/fusion-play/1/app.beam")).toEqual(Buffer.from("app"));
  expect(await code.read("/fusion-play/1/Elixir.App.beam")).toEqual(Buffer.from("Elixir.App"));
  expect(await code.read("/fusion-play/1/app.beam")).toEqual(Buffer.from("app"));
  expect(fetched).toEqual(["app", "Elixir.App"]);
  expect(serve(new FakeModuleSource({ other: [], app: [] }))).toBe("/fusion-play/2");
  expect(await code.read("/fusion-play/1/app.beam")).toBeUndefined();
  expect(await code.read("/fusion-play/2/other.beam")).toEqual(Buffer.from("other"));
  // The same code, whichever folder it came from.
  expect(await code.read("/fusion-play/2/app.beam")).toEqual(Buffer.from("app"));
  expect(fetched).toEqual(["app", "Elixir.App", "other"]);
  expect(serve(null)).toBeUndefined();
  expect(await code.read("/fusion-play/2/other.beam")).toBeUndefined();
});

test.each([
  "/etc/passwd",
  "/fusion-play/1",
  "/fusion-play/1/",
  "/fusion-play/1/app",
  "/fusion-play/1/.beam",
  "/fusion-play/1/../1/app.beam",
  "/fusion-play/1/./app.beam",
  "/fusion-play/1//app.beam",
  "/fusion-play/11/app.beam",
  "fusion-play/1/app.beam",
  "app.beam",
  "",
])("read() and info() give nothing at %j", async (path) => {
  const { code, fetched, serve } = serving();
  serve(new FakeModuleSource({ app: [] }));
  expect(await code.read(path)).toBeUndefined();
  if (path !== "/fusion-play/1") expect(code.info(path)).toBeUndefined();
  expect(code.list(`${path}/`)).toBeUndefined();
  expect(fetched).toEqual([]);
});

test("list() and info() describe the play's folder, and count as no fetch", async () => {
  const { code, fetched, serve } = serving();
  serve(new FakeModuleSource({ app: [], dep: [] }));
  expect(code.list("/fusion-play/1")).toEqual(["app.beam", "dep.beam"]);
  expect(code.info("/fusion-play/1")).toEqual({ type: "directory" });
  expect(code.info("/fusion-play/1/app.beam")).toEqual({ type: "regular", size: 3 });
  expect(fetched).toEqual([]);
});

test("outdated() lists what the host fetched or was sent in another version, until it gets the new one", async () => {
  const { code, serve } = serving();
  const first = new FakeModuleSource({ fetched: [], sent: [], gone: [] });
  serve(first);
  await code.read("/fusion-play/1/fetched.beam");
  code.notePushed(modulesOf(first, "sent", "gone"));
  expect(code.outdated(first)).toEqual([]);
  const second = new OtherSource({ fetched: [], sent: [], never: [] }, { md5: "f".repeat(32) });
  serve(second);
  expect(code.outdated(second).map(({ name }) => name)).toEqual(["fetched", "sent"]);
  code.notePushed(modulesOf(second, "sent"));
  expect(code.outdated(second).map(({ name }) => name)).toEqual(["fetched"]);
});

test("a module that needs a newer OTP is not given out, and is why a call of it fails", async () => {
  const { code, fetched, serve } = serving();
  serve(new OtherSource({ app: [] }, { minimumOtp: 27 }));
  const undef = (module: string): ErpcError =>
    new ErpcError("error", atom("undef"), [tuple(atom(module), atom("f"), [], [])]);
  expect(code.refusalBehind(undef("app"))).toBeUndefined();
  expect(await code.read("/fusion-play/1/app.beam")).toBeUndefined();
  expect(fetched).toEqual([]);
  expect(code.refusalBehind(undef("app"))).toMatchObject({
    code: "MODULE_TOO_NEW",
    message: "Cannot push app to web1: it needs OTP 27, the host has 25",
  });
  expect(code.refusalBehind(undef("other"))).toBeUndefined();
  expect(code.refusalBehind(new ErpcError("error", atom("badarg"), []))).toBeUndefined();
});

test("a module that is not admitted is not given out, and another play that admits it has another folder", async () => {
  const { code, fetched, serve } = serving();
  const source = new FakeModuleSource({ app: [] });
  const denied = new FusionPlayError("the policy denies it", { code: "POLICY_VIOLATION" });
  expect(serve(source, () => Promise.reject(denied))).toBe("/fusion-play/1");
  expect(await code.read("/fusion-play/1/app.beam")).toBeUndefined();
  const undef = new ErpcError("error", atom("undef"), [tuple(atom("app"), atom("f"), [], [])]);
  expect(code.refusalBehind(undef)).toBe(denied);
  expect(fetched).toEqual([]);
  expect(serve(source)).toBe("/fusion-play/2");
  expect(await code.read("/fusion-play/2/app.beam")).toEqual(Buffer.from("app"));
});
