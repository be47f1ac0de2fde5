import type { Strategy, Turn } from "./strategy.ts";

/** Hosts take turns at each step: one that has done a step lets those go first that wait for a place. */
export class Free implements Strategy {
  async turn({ slot, signal }: Turn): Promise<void> {
    await slot.lend(async () => {}, signal);
  }

  leave(): void {}
}
