import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

/** What the ssh2 package has for itself: it forgets the probes that are without an answer, and waits anew to send one. */
interface Prober {
  _resetKA(): void;
}

/**
 * Takes whatever arrives as the answer to a probe, as OpenSSH does. The ssh2 package takes little else than the answer
 * itself for that, and its probes wait behind what is to be sent, which on a slow way may be for minutes.
 *
 * @param intervalMs how long nothing arrives before a probe is sent
 */
export function takeAsAnswers(client: Client, socket: Duplex, intervalMs: number): void {
  const prober = client as unknown as Prober;
  let takenAt = performance.now();
  socket.on("data", () => {
    // Each time makes a timer, which is too much for each chunk.
    const now = performance.now();
    if (now - takenAt < intervalMs / 4) return;
    takenAt = now;
    prober._resetKA();
  });
}
