import type { Duplex } from "node:stream";

/** So much goes at once: the host has something to do then while we go on. */
const ENOUGH_BYTES = 2 * 1024;

/**
 * Has a stream send in one go what is written to it in one turn of the event loop, unless that is much. The ssh2 package
 * writes each packet by itself, and each write of a socket is a call of the system, here and on the host.
 *
 * @returns the same stream
 */
export function inOneGo(stream: Duplex): Duplex {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean;
  let isWaiting = false;
  stream.write = (...args: readonly unknown[]): boolean => {
    if (!isWaiting) {
      isWaiting = true;
      stream.cork();
      // After all promises that are settled by now: whoever waits for them may write, too.
      process.nextTick(() => {
        isWaiting = false;
        stream.uncork();
      });
    }
    const mayGoOn = write(...args);
    if (stream.writableLength >= ENOUGH_BYTES) {
      stream.uncork();
      stream.cork();
    }
    return mayGoOn;
  };
  return stream;
}
