import { expect, test } from "vitest";
import type { CodeQuestion } from "../../src/engine/code-question.ts";
import { parseTerm } from "../../src/etf/parse-term.ts";
import { formatTerm } from "../../src/etf/format.ts";
import type { Term } from "../../src/etf/term.ts";
import { inspectRequest, readInspection } from "../../src/remote/code-inspection.ts";

const QUESTION: CodeQuestion = {
  modules: [
    {
      name: "health",
      md5: "6865616c746821212121212121212121",
      binary: Buffer.of(),
      neededBy: null,
      reason: null,
      file: "",
      compiledBy: undefined,
      minimumOtp: undefined,
      hasOnLoad: false,
      elixir: null,
      application: undefined,
    },
  ],
  calls: [
    { module: "lists", name: "map", arity: 2 },
    { module: "nobody", name: "go", arity: 0 },
    { module: "lists", name: "nap", arity: 1 },
  ],
  applicationNames: ["kernel"],
  applications: [],
};
const HOST = {
  host: "web1",
  runtime: { otp: "25", elixir: null, architecture: "x86_64-pc-linux-gnu", bits: 64 },
};

const erlang = (text: string): Term => parseTerm(text, "erlang");

test("inspectRequest() asks for the functions of a module together, and is the same for each host", () => {
  const request = inspectRequest(QUESTION);
  expect(formatTerm(request, "erlang")).toBe(
    '{inspect,[{health,<<"health!!!!!!!!!!">>}],[{lists,[{map,2},{nap,1}]},{nobody,[{go,0}]}],[kernel]}',
  );
  expect(inspectRequest(QUESTION)).toBe(request);
});

test("readInspection() reads what a host has and lacks", () => {
  const answer = erlang(
    `{[{one,{own,otp}},{two,current},{three,{other,<<"health!!!!!!!!!!">>,<<"/opt/three.beam">>}},
       {four,{other,<<"health!!!!!!!!!!">>,loaded}}],
      [{lists,[{nap,1}]},{nobody,module}],
      [{kernel,own}]}`,
  );
  const code = readInspection(answer, QUESTION, HOST);
  const md5 = QUESTION.modules[0]?.md5;
  expect(code.own).toEqual(new Map([["one", "otp"]]));
  expect(code.current).toEqual(new Set(["two"]));
  expect(code.replaced).toEqual(
    new Map([
      ["three", { md5, file: "/opt/three.beam" }],
      ["four", { md5, file: null }],
    ]),
  );
  expect(code.lacking).toEqual(
    new Map<string, unknown>([
      ["lists", new Set(["nap/1"])],
      ["nobody", "module"],
    ]),
  );
  expect(code.asked.get("lists")).toEqual(new Set(["map/2", "nap/1"]));
  expect(code.applications).toEqual(new Map([["kernel", "own"]]));
});

test.each(["ok", "{error,{crashed,badarg}}", "{[],[]}", "{a,b,c}"])(
  "readInspection() refuses the answer %s",
  (text) => {
    const read = (): unknown => readInspection(erlang(text), QUESTION, HOST);
    expect(read).toThrow(expect.objectContaining({ code: "PROTOCOL_VIOLATION" }));
  },
);

test("readInspection() passes over entries that make no sense", () => {
  const answer = erlang(
    `{[1,{a,b,c},{a,{own,mine}},{b,{other,<<"short">>,loaded}},{"c",current}],[{d,[1,{e,f}]},g],[{h}]}`,
  );
  expect(readInspection(answer, QUESTION, HOST)).toMatchObject({
    own: new Map(),
    current: new Set(),
    replaced: new Map(),
    lacking: new Map([["d", new Set()]]),
    applications: new Map(),
  });
});
