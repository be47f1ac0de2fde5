/** Who waits, and for which address. */
interface Waiter {
  readonly address: string;
}

interface Entry<Waiting> {
  readonly waiting: Waiting;
  /** Who asked earlier has a smaller one. */
  readonly place: number;
}

/**
 * Those who wait, in the order in which they asked. Whoever comes to the front while its address has no room stands
 * aside with all others of that address, and is not looked at again until there is room: with thousands of hosts at
 * one address, a turn costs no more than with one.
 */
export class WaitingLine<Waiting extends Waiter> {
  /** Of those who are in no queue any more, they have got their turn; the others have left. */
  readonly #here: Set<Waiting> = new Set();
  readonly #line: Queue<Entry<Waiting>> = new Queue();
  /** By address. All of them asked before the first of the line. */
  readonly #aside: Map<string, Queue<Entry<Waiting>>> = new Map();
  #asked = 0;

  add(waiting: Waiting): void {
    this.#here.add(waiting);
    this.#line.push({ waiting, place: this.#asked++ });
  }

  /** @returns false if it does not wait here */
  remove(waiting: Waiting): boolean {
    return this.#here.delete(waiting);
  }

  /** Takes out who asked first of those whose address has room. */
  take(hasRoom: (address: string) => boolean): Waiting | undefined {
    const queue = this.#firstAside(hasRoom) ?? this.#lineUpTo(hasRoom);
    const taken = queue?.shift();
    if (taken !== undefined) this.#here.delete(taken.waiting);
    return taken?.waiting;
  }

  #firstAside(hasRoom: (address: string) => boolean): Queue<Entry<Waiting>> | undefined {
    let found: { readonly queue: Queue<Entry<Waiting>>; readonly place: number } | undefined;
    for (const [address, queue] of this.#aside) {
      const first = this.#firstOf(queue);
      if (first === undefined) this.#aside.delete(address);
      else if (first.place < (found?.place ?? Infinity) && hasRoom(address)) {
        found = { queue, place: first.place };
      }
    }
    return found?.queue;
  }

  /** Has all stand aside who come before the first whose address has room. */
  #lineUpTo(hasRoom: (address: string) => boolean): Queue<Entry<Waiting>> | undefined {
    for (;;) {
      const first = this.#firstOf(this.#line);
      if (first === undefined) return undefined;
      const { address } = first.waiting;
      if (hasRoom(address)) return this.#line;
      this.#line.shift();
      const queue = this.#aside.get(address) ?? new Queue();
      queue.push(first);
      this.#aside.set(address, queue);
    }
  }

  /** The first of a queue who has not left. */
  #firstOf(queue: Queue<Entry<Waiting>>): Entry<Waiting> | undefined {
    let { first } = queue;
    while (first !== undefined && !this.#here.has(first.waiting)) {
      queue.shift();
      ({ first } = queue);
    }
    return first;
  }
}

/** First in, first out. */
class Queue<Item> {
  readonly #items: Item[] = [];
  #begin = 0;

  get first(): Item | undefined {
    return this.#items[this.#begin];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    const item = this.#items[this.#begin++];
    // Half of them at a time, so that each is moved once in all.
    if (this.#begin * 2 > this.#items.length) {
      this.#items.splice(0, this.#begin);
      this.#begin = 0;
    }
    return item;
  }
}
