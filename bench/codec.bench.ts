// Compares the codec with that of JSON, for the same data: JSON's is part of V8.
import { decodeTerm } from "../src/etf/decode.ts";
import { encodeTerm } from "../src/etf/encode.ts";
import { Float, MapTerm, atom, binary, tuple, type Term } from "../src/etf/term.ts";
import { measured, printRatio } from "./measure.ts";

const ROUNDS = 15;
/** Size of what is encoded and decoded, as JSON. */
const BYTES = 10 * 1024 * 1024;

/** The same as JSON and as a term. */
interface Sample {
  readonly json: unknown;
  readonly term: Term;
}

/** Many samples of each kind, none like another. */
const KINDS: Readonly<Record<string, (index: number) => Sample>> = {
  nested: (index) => processOf(index),
  "small integers": (index) => same(index % 256),
  integers: (index) => same(index * 7919),
  floats: (index) => ({ json: index + 0.25, term: new Float(index + 0.25) }),
  atoms: (index) => ({ json: `status_${index % 40}`, term: atom(`status_${index % 40}`) }),
  "short binaries": (index) => textOf(`host-${index}`),
  "long binaries": (index) => textOf(`${index} `.repeat(1000)),
  tuples: (index) => ({ json: [index, [index, index]], term: tuple(index, tuple(index, index)) }),
  lists: (index) => {
    const numbers = Array.from({ length: 20 }, (_, at) => index + at * 1000);
    return { json: numbers, term: numbers };
  },
  maps: (index) => ({
    json: { id: index, size: index * 2 },
    term: new MapTerm([
      [atom("id"), index],
      [atom("size"), index * 2],
    ]),
  }),
};

for (const [kind, make] of Object.entries(KINDS)) {
  const json: unknown[] = [];
  const term: Term[] = [];
  for (let index = 0, bytes = 0; bytes < BYTES; index++) {
    const sample = make(index);
    json.push(sample.json);
    term.push(sample.term);
    bytes += JSON.stringify(sample.json).length + 1;
  }
  const text = Buffer.from(JSON.stringify(json));
  const encoded = encodeTerm(term);
  const times: Record<"parse" | "decode" | "stringify" | "encode", number[]> = {
    parse: [],
    decode: [],
    stringify: [],
    encode: [],
  };
  for (let round = 0; round < ROUNDS; round++) {
    times.parse.push(await wallOf(() => JSON.parse(text.toString("utf8"))));
    times.decode.push(await wallOf(() => decodeTerm(encoded)));
    times.stringify.push(await wallOf(() => JSON.stringify(json)));
    times.encode.push(await wallOf(() => encodeTerm(term)));
  }
  const mb = (encoded.length / 1024 / 1024).toFixed(1);
  printRatio(`${kind}, ${mb} MB, decode`, ["JSON.parse", times.parse], ["decodeTerm", times.decode]);
  printRatio(`${kind}, ${mb} MB, encode`, ["JSON.stringify", times.stringify], ["encodeTerm", times.encode]);
}

/** What a step may give: a process with its properties. */
function processOf(index: number): Sample {
  const json = {
    id: index,
    name: `worker_${index}`,
    status: "running",
    memory: 20_000 + index * 13,
    load: index / 7,
    links: [index, index + 1, index + 2],
    tags: { env: "production", region: "eu-west", owner: `team ${index % 30}` },
  };
  const term = new MapTerm([
    [atom("id"), index],
    [atom("name"), binary(json.name)],
    [atom("status"), atom(json.status)],
    [atom("memory"), json.memory],
    [atom("load"), new Float(json.load)],
    [atom("links"), json.links],
    [
      atom("tags"),
      new MapTerm([
        [binary("env"), binary(json.tags.env)],
        [binary("region"), binary(json.tags.region)],
        [binary("owner"), binary(json.tags.owner)],
      ]),
    ],
  ]);
  return { json, term };
}

function same(value: number): Sample {
  return { json: value, term: value };
}

function textOf(text: string): Sample {
  return { json: text, term: binary(text) };
}

async function wallOf(work: () => unknown): Promise<number> {
  return (await measured(work)).wall;
}
