import type { ShippedModule } from "../engine/module-source.ts";
import type { PushOptions } from "../engine/remote-node.ts";
import { keepEncoded } from "../etf/encode.ts";
import { atom, charlist, tuple, type Term, type Tuple } from "../etf/term.ts";

/** Asks the agent on a host which modules it lacks or has in another version. */
export function neededRequest(modules: readonly ShippedModule[]): Tuple {
  return sharedRequest("needed", modules, () => {
    const question = modules.map(({ name, md5 }) => tuple(atom(name), Buffer.from(md5, "hex")));
    return tuple(atom("needed"), question);
  });
}

/** Has the agent on a host load modules. */
export function loadRequest(modules: readonly ShippedModule[], purge: PushOptions["purge"]): Tuple {
  return sharedRequest(`load ${purge}`, modules, () => {
    const plain = modules.filter(({ hasOnLoad }) => !hasOnLoad).map(entry);
    // code:atomic_load/1 refuses modules that run a function when they are loaded.
    const onLoad = modules.filter(({ hasOnLoad }) => hasOnLoad).map(entry);
    return tuple(atom("load"), atom(purge), plain, onLoad);
  });
}

/** Has the agent on a host prepare modules without an on_load function; it answers with a key of its own. */
export function prepareRequest(modules: readonly ShippedModule[], purge: PushOptions["purge"]): Tuple {
  return sharedRequest(`prepare ${purge}`, modules, () =>
    tuple(atom("prepare"), atom(purge), modules.map(entry)),
  );
}

/** Has the agent on a host load what it has prepared, all or nothing. */
export function finishRequest(key: Term): Tuple {
  return tuple(atom("finish"), key);
}

/** Has the agent on a host forget what it has prepared. */
export function abandonRequest(key: Term): Tuple {
  return tuple(atom("abandon"), key);
}

function entry({ name, binary }: ShippedModule): Term {
  return tuple(atom(name), charlist(`${name}.beam`), binary);
}

/** Requests by the first of their modules, then by what is asked and of which modules. */
const requests = new WeakMap<ShippedModule, Map<string, Tuple>>();

/** The same request about the same modules is made and encoded once, however many hosts get it. */
function sharedRequest(what: string, modules: readonly ShippedModule[], make: () => Tuple): Tuple {
  const [first] = modules;
  if (first === undefined) return make();
  const known = requests.get(first) ?? new Map<string, Tuple>();
  requests.set(first, known);
  const key = `${what} ${modules.map(numberOf).join()}`;
  const request = known.get(key) ?? keepEncoded(make());
  known.set(key, request);
  return request;
}

const numbers = new WeakMap<ShippedModule, number>();
let nextNumber = 0;

/** A number that no other module has, also none of the same name. */
function numberOf(module: ShippedModule): number {
  const known = numbers.get(module) ?? nextNumber++;
  numbers.set(module, known);
  return known;
}
