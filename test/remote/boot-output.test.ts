import { expect, test } from "vitest";
import { encodeTerm } from "../../src/etf/encode.ts";
import { atom, binary, tuple } from "../../src/etf/term.ts";
import { BootOutput } from "../../src/remote/boot-output.ts";
import type { BootMessage } from "../../src/remote/bootstrap.ts";

const READY = `fusion-play:${encodeTerm(tuple(atom("ready"), binary("25"), binary("1.14.0"), binary("x86_64-pc-linux-gnu"), binary("64"))).toString("base64")}\n`;

function follow(chunks: readonly string[]): { messages: BootMessage[]; text: string; lastWords: string } {
  const messages: BootMessage[] = [];
  let text = "";
  const output = new BootOutput(
    (message) => messages.push(message),
    (more) => {
      text += more;
    },
  );
  for (const chunk of chunks) output.onStdout(Buffer.from(chunk));
  output.end();
  return { messages, text, lastWords: output.lastWords };
}

test("BootOutput finds the message between what a login shell prints, however it is cut", () => {
  const stream = `Welcome!\n${READY}later`;
  for (let cut = 0; cut <= stream.length; cut++) {
    const { messages, text } = follow([stream.slice(0, cut), stream.slice(cut)]);
    expect(messages).toEqual([
      {
        type: "ready",
        otp: "25",
        elixir: "1.14.0",
        architecture: "x86_64-pc-linux-gnu",
        bits: 64,
      },
    ]);
    expect(text).toBe("Welcome!\nlater");
  }
});

test.each([
  [
    "an Elixir that is not there",
    tuple(atom("ready"), binary("27"), atom("none"), binary("arm-unknown-linux-gnueabihf"), binary("32")),
    {
      type: "ready",
      otp: "27",
      elixir: null,
      architecture: "arm-unknown-linux-gnueabihf",
      bits: 32,
    },
  ],
  ["a port for links", tuple(atom("link"), binary("65535")), { type: "link", port: 65_535 }],
  ["a boot that failed", tuple(atom("failed"), binary("why")), { type: "failed", reason: "why" }],
])("BootOutput tells %s", (_, term, expected) => {
  expect(follow([`fusion-play:${encodeTerm(term).toString("base64")}\n`]).messages).toEqual([expected]);
});

test.each(["0", "65536", "-1", "1.5", "a port"])(
  "BootOutput takes a message for text whose port is %s",
  (port) => {
    const line = `fusion-play:${encodeTerm(tuple(atom("link"), binary(port))).toString("base64")}\n`;
    expect(follow([line])).toMatchObject({ messages: [], text: line });
  },
);

test("BootOutput tells where erl was looked for", () => {
  expect(follow(["fusion-play:erl-not-found:PATH (/bin) and /opt\n"]).messages).toEqual([
    { type: "erl_not_found", lookedIn: "PATH (/bin) and /opt" },
  ]);
});

test.each([
  "fusion-play:",
  "fusion-play:!!!!",
  "fusion-play:pid:",
  "fusion-play:pid:1;2",
  "fusion-play:g2gCYQFhAg==",
  "fusion-play:g1AAAAAAAAA=",
])("BootOutput takes %j for text", (line) => {
  expect(follow([`${line}\n`])).toMatchObject({ messages: [], text: `${line}\n` });
});

test("BootOutput tells that the shell started, and then how the boot ended", () => {
  const { messages, text } = follow(["fusion-play:pid:4711\n", READY, "fusion-play:pid:1\n"]);
  expect(messages).toMatchObject([{ type: "started", pid: 4711 }, { type: "ready" }]);
  expect(text).toBe("fusion-play:pid:1\n");
});

test("BootOutput finds what the shell tells behind a line that startup files have not ended", () => {
  const { messages, text } = follow(["Loading profile: fusion-play:pid:47", "11\r\n", READY]);
  expect(messages).toMatchObject([{ type: "started", pid: 4711 }, { type: "ready" }]);
  expect(text).toBe("");
});

test("BootOutput takes a second message for text, as steps may print whatever they like", () => {
  const { messages, text } = follow([READY, READY]);
  expect(messages).toHaveLength(1);
  expect(text).toBe(READY);
});

test("BootOutput keeps only the end as last words, and no line without end", () => {
  const { text, lastWords } = follow([...Array.from({ length: 100 }, () => "x".repeat(10_000)), "the end"]);
  expect(text.length).toBe(1_000_007);
  expect(lastWords.length).toBeLessThanOrEqual(2000);
  expect(lastWords.endsWith("the end")).toBe(true);
});
