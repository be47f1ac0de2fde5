import { expect, test } from "vitest";
import { WaitingLine } from "../../src/engine/waiting-line.ts";

interface Waiting {
  readonly address: string;
  readonly name: string;
}

function lineOf(names: readonly string[]): WaitingLine<Waiting> {
  const line = new WaitingLine<Waiting>();
  for (const name of names) line.add(waiting(name));
  return line;
}

/** `a1` waits for the address `a`. */
function waiting(name: string): Waiting {
  return { name, address: name.charAt(0) };
}

test("take() gives who asked first of those whose address has room", () => {
  const line = lineOf(["a1", "b1", "a2", "c1", "b2", "c2"]);
  const take = (...addresses: string[]): string | undefined =>
    line.take((address) => addresses.includes(address))?.name;
  expect(take("c")).toBe("c1");
  expect(take("b", "c")).toBe("b1");
  expect(take("d")).toBeUndefined();
  line.add(waiting("d1"));
  expect(take("a", "b", "c", "d")).toBe("a1");
  expect(take("b", "c", "d")).toBe("b2");
  expect(take("c", "d")).toBe("c2");
  expect([take("a", "d"), take("a", "d"), take("a", "d")]).toEqual(["a2", "d1", undefined]);
});

test("remove() takes somebody out, who is aside or not, once, and nobody who had a turn", () => {
  const line = new WaitingLine<Waiting>();
  const [aside, inLine, had] = [waiting("a1"), waiting("c1"), waiting("b1")];
  for (const each of [aside, had, inLine, waiting("a2"), waiting("c2")]) line.add(each);
  expect(line.take((address) => address === "b")).toBe(had);
  expect([line.remove(aside), line.remove(inLine), line.remove(had)]).toEqual([true, true, false]);
  expect(line.remove(aside)).toBe(false);
  const rest = [1, 2, 3].map(() => line.take(() => true)?.name);
  expect(rest).toEqual(["a2", "c2", undefined]);
});

test("take() looks at an address a few times for each turn, when 20,000 wait for one", () => {
  const count = 20_000;
  const line = new WaitingLine<Waiting>();
  let looks = 0;
  let under = 0;
  const take = (): Waiting | undefined =>
    line.take(() => {
      looks++;
      return under < 8;
    });
  for (let index = 0; index < count; index++) {
    line.add({ address: "bastion", name: String(index) });
    if (take() !== undefined) under++;
  }
  const rest: string[] = [];
  while (rest.length < count - 8) {
    under--;
    const next = take();
    if (next === undefined) break;
    rest.push(next.name);
    under++;
    expect(take()).toBeUndefined();
  }
  expect(rest).toEqual(Array.from({ length: count - 8 }, (_, index) => String(index + 8)));
  expect(looks).toBeLessThan(5 * count);
});
