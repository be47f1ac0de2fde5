import fc from "fast-check";

/** Makes host patterns that are the same each time; each once. */
export function generatePatterns(count: number): string[] {
  const patterns = new Set(fc.sample(pattern, { seed: 20_261_121, numRuns: 4 * count }));
  return [...patterns].slice(0, count);
}

const NAMES = choices(String.raw`
all | ungrouped | region | east | west | prod | web | db | cache | edge_1 | g1 | staging | web1
web2 | db1 | db-a | cache-a | mail | lone | 10.0.0.1 | n01 | r1-x.example.com | nobody
`);
const GLOBS = choices(String.raw`
* | web* | *1 | db? | *.example.com | [a-m]* | [!a-m]* | web[1-3] | n0[!1] | ?e* | *-[ab]
10.0.* | e*t | c*e* | [dw]*[12] | *.* | h[0-9] | *[ | []]* | [a-]* | [z-a]* | [!]* | w**1
`);
const REGEXES = choices(String.raw`
~web | ~web[12]$ | ~.*\.example\.com | ~(east|west) | ~^d | ~[a-d].*[0-9] | ~\w+-\w | ~n\d{2}
~(?i)WEB | ~. | ~db-?[0-9a] | ~(web|db)[0-9]+$ | ~x|m | ~.{4}$ | ~[^w] | ~r1-.\. | ~\d+\.0
`);

/** Choices stand in a table, with bars between them. */
function choices(table: string): string[] {
  return table.trim().split(/ \| |\n/u);
}

const name = fc.constantFrom(...NAMES);
const glob = fc.constantFrom(...GLOBS);
const regex = fc.constantFrom(...REGEXES);
const subscript = fc.oneof(
  fc.integer({ min: -3, max: 5 }).map((index) => `[${index}]`),
  fc.tuple(fc.nat(4), fc.option(fc.nat(6), { nil: "" })).map(([start, end]) => `[${start}:${end}]`),
);
const part = fc.oneof(
  { weight: 5, arbitrary: name },
  { weight: 2, arbitrary: glob },
  { weight: 3, arbitrary: fc.tuple(fc.oneof(name, glob), subscript).map(([of, picked]) => of + picked) },
  { weight: 1, arbitrary: regex },
);
const signed = fc.tuple(fc.constantFrom("", "", "&", "!"), part).map(([sign, of]) => sign + of);
const pattern: fc.Arbitrary<string> = fc
  .tuple(fc.array(signed, { minLength: 1, maxLength: 4 }), fc.constantFrom(",", ":", ":", " , "))
  .map(([parts, separator]) => parts.join(separator))
  // Where no comma separates, Ansible passes over lone brackets in silence, and they are refused here.
  .filter((text) => text.includes(",") || !/[[\]]/u.test(text.replaceAll(/\[[^\]]*\]/gu, "")));
