import type { Strategy, Turn } from "./strategy.ts";

interface Waiting {
  readonly position: number;
  go(): void;
}

/** All hosts do a step before any of them begins the next one. */
export class Linear implements Strategy {
  /** Hosts that are not done with the play. */
  readonly #active: Set<string>;
  readonly #waiting: Map<string, Waiting> = new Map();

  constructor(hosts: readonly string[]) {
    this.#active = new Set(hosts);
  }

  async turn({ host, position, slot, signal }: Turn): Promise<void> {
    if (signal.aborted) return;
    await slot.lend(() => this.#wait(host, position, signal), signal);
  }

  leave(host: string): void {
    this.#active.delete(host);
    this.#goOn();
  }

  async #wait(host: string, position: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = (): void => {
        signal.removeEventListener("abort", go);
        this.#waiting.delete(host);
        resolve();
      };
      signal.addEventListener("abort", go, { once: true });
      this.#waiting.set(host, { position, go });
      this.#goOn();
    });
  }

  /**
   * Lets the hosts go that are furthest behind, once all of them wait. Until then one is at work at an earlier
   * step than those that wait, or has not begun.
   */
  #goOn(): void {
    if (this.#waiting.size < this.#active.size) return;
    const positions = Array.from(this.#waiting.values(), ({ position }) => position);
    const first = positions.reduce((least, position) => Math.min(least, position), Number.POSITIVE_INFINITY);
    for (const { position, go } of this.#waiting.values()) if (position === first) go();
  }
}
