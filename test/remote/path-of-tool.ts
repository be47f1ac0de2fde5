import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where a program of this machine is, for a `PATH` that has nothing else. */
export async function pathOfTool(tool: string): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, tool);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  throw new Error(`${tool} is not installed`);
}
