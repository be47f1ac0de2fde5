import { open } from "node:fs/promises";

const BEGINNING = /^\{"at":"[^"]*","type":"journal"/u;
const BEGINNING_BYTES = 100;

/** Whether a file begins as journals do; one that cannot be read does not. */
export async function isJournal(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    return BEGINNING.test(buffer.toString("latin1", 0, bytesRead));
  } catch {
    return false; // a pipe, which is read from its beginning only
  } finally {
    await handle.close();
  }
}
