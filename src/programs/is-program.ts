import { access, constants, open } from "node:fs/promises";

/**
 * Tells whether a file is a program. It must be executable and begin as programs do: the executable bit alone,
 * which some file systems give to every file, makes no program of a text. Such a text must not be run, as Node.js
 * would hand it to a shell.
 */
export async function isProgram(path: string): Promise<boolean> {
  return (await isExecutable(path)) && beginsLikeProgram(await firstBytes(path));
}

/** The beginnings of programs: a line that names an interpreter, and those of ELF and Mach-O. */
const BEGINNINGS = ["2321", "7f454c46", "cffaedfe", "feedfacf", "cafebabe"];

function beginsLikeProgram(bytes: Buffer): boolean {
  const beginning = bytes.toString("hex");
  return BEGINNINGS.some((known) => beginning.startsWith(known));
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function firstBytes(path: string): Promise<Buffer> {
  const handle = await open(path).catch(() => undefined);
  // Why it cannot be read is told where it is read.
  if (handle === undefined) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return Buffer.alloc(0); // a folder
  } finally {
    await handle.close();
  }
}
