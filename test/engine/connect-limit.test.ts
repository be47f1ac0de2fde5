import { expect, test } from "vitest";
import { ConnectLimit } from "../../src/engine/connect-limit.ts";
import type { ConnectNode, ConnectOptions, InTurn } from "../../src/engine/remote-node.ts";
import { Sessions } from "../../src/engine/sessions.ts";
import type { Host } from "../../src/inventory/inventory.ts";
import { FakeRemoteNode } from "../doubles/fake-remote-node.ts";
import { latch, type Latch } from "./latch.ts";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function hostAt(name: string, address = name): Host {
  return { name, groups: [], vars: {}, connection: { address } } as unknown as Host;
}

/** Work of which is known when it begins, and which ends when it is told to. */
class Begun {
  readonly names: string[] = [];
  readonly #ends: Map<string, Latch<void>> = new Map();

  work(name: string): () => Promise<string> {
    return async () => {
      this.names.push(name);
      const end = latch();
      this.#ends.set(name, end);
      await end.promise;
      return name;
    };
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.open();
    await turn();
  }
}

test("run() begins as many as may be at once, eight of them at one address, and the next when one ends", async () => {
  const limit = new ConnectLimit(10);
  const begun = new Begun();
  const same = Array.from({ length: 10 }, (_, index) => `same${index + 1}`);
  const others = ["other1", "other2", "other3"];
  const done = [
    ...same.map((name) => limit.run(hostAt(name, "one"), begun.work(name))),
    ...others.map((name) => limit.run(hostAt(name), begun.work(name))),
  ];
  await turn();
  expect(begun.names).toEqual([...same.slice(0, 8), "other1", "other2"]);
  await begun.end("other1");
  expect(begun.names.slice(10)).toEqual(["other3"]);
  await begun.end("same3");
  expect(begun.names.slice(11)).toEqual(["same9"]);
  await begun.end("same4");
  for (const name of [...same, ...others]) await begun.end(name);
  expect(await Promise.all(done)).toEqual([...same, ...others]);
});

test("run() leaves its turn to others when the work fails", async () => {
  const limit = new ConnectLimit(1);
  await expect(limit.run(hostAt("a"), async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await limit.run(hostAt("b"), async () => "b")).toBe("b");
});

test("runAgain() comes before those who were never connected, in the order of asking", async () => {
  const limit = new ConnectLimit(1);
  const begun = new Begun();
  const done = [
    limit.run(hostAt("first"), begun.work("first")),
    limit.run(hostAt("new"), begun.work("new")),
    limit.runAgain(hostAt("back1"), begun.work("back1"), never),
    limit.runAgain(hostAt("back2"), begun.work("back2"), never),
  ];
  await turn();
  for (const name of ["first", "back1", "back2", "new"]) {
    expect(begun.names.at(-1)).toBe(name);
    await begun.end(name);
  }
  await Promise.all(done);
});

test("runAgain() says that its turn did not come when its signal is aborted, and takes none later", async () => {
  const limit = new ConnectLimit(1);
  const begun = new Begun();
  const first = limit.run(hostAt("first"), begun.work("first"));
  const controller = new AbortController();
  const late = limit.runAgain(hostAt("late"), begun.work("late"), controller.signal);
  const next = limit.runAgain(hostAt("next"), begun.work("next"), never);
  controller.abort();
  await expect(late).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringContaining("its turn did not come") as string,
    hint: expect.stringContaining("--connect-concurrency") as string,
  });
  await begun.end("first");
  expect(begun.names).toEqual(["first", "next"]);
  await begun.end("next");
  await Promise.all([first, next]);
  const reason = new Error("stopped");
  await expect(limit.runAgain(hostAt("gone"), begun.work("gone"), AbortSignal.abort(reason))).rejects.toBe(
    reason,
  );
});

/** Connects hosts, and keeps what makes their connections anew; `during` is done while each is connected. */
function connecting(during: (inTurn: InTurn) => Promise<void>): { connect: ConnectNode; turns: InTurn[] } {
  const turns: InTurn[] = [];
  const connect: ConnectNode = async (_host, { inTurn }) => {
    if (inTurn === undefined) throw new Error("No turns are given");
    turns.push(inTurn);
    await during(inTurn);
    return new FakeRemoteNode(() => []);
  };
  return { connect, turns };
}

test("Sessions lets a host that loses its connection while it is connected have the turn that it has", async () => {
  const { connect } = connecting((inTurn) => inTurn(async () => {}, never));
  await using sessions = new Sessions(connect, 1);
  const options = { signal: never, onDemand: false };
  await Promise.all([sessions.get(hostAt("a"), options), sessions.get(hostAt("b"), options)]);
});

test("Sessions connects hosts anew and again by one limit", async () => {
  const begun = new Begun();
  const { connect, turns } = connecting(async () => {});
  await using sessions = new Sessions(connect, 2);
  const options = { signal: never, onDemand: false };
  const hosts = ["a", "b", "c"];
  await Promise.all(hosts.map((name) => sessions.get(hostAt(name), options)));
  const again = turns.map((inTurn, index) => inTurn(begun.work(hosts[index] ?? ""), never));
  const later = sessions.get(hostAt("d"), options);
  await turn();
  expect([begun.names, turns.length]).toEqual([["a", "b"], 3]);
  await begun.end("b");
  expect([begun.names, turns.length]).toEqual([["a", "b", "c"], 3]);
  await begun.end("a");
  await later;
  expect(turns).toHaveLength(4);
  await begun.end("c");
  await Promise.all(again);
});

test("Sessions lets a connector that takes turns begin at once, and limits what it does in turn", async () => {
  const begun = new Begun();
  const called: string[] = [];
  const connect: ConnectNode = Object.assign(
    async ({ name }: Host, { inTurn }: ConnectOptions) => {
      called.push(name);
      if (name !== "held") {
        await inTurn?.(async () => {
          await begun.work(name)();
          // It has the turn already.
          await inTurn(async () => {}, never);
        }, never);
      }
      return new FakeRemoteNode(() => []);
    },
    { takesTurns: true as const },
  );
  await using sessions = new Sessions(connect, 1);
  const options = { signal: never, onDemand: false };
  const others = ["a", "b"].map((name) => sessions.get(hostAt(name), options));
  await sessions.get(hostAt("held"), options);
  expect([called, begun.names]).toEqual([["a", "b", "held"], ["a"]]);
  await begun.end("a");
  await others[0];
  await begun.end("b");
  await others[1];
  expect(begun.names).toEqual(["a", "b"]);
});
