import { isAbsolute, relative, resolve, sep } from "node:path";

/** The path of a file as CI systems want it: below the folder in which they run a job, which is that of the project. */
export function sourcePath(file: string, root: string = process.cwd()): string {
  const path = relative(root, resolve(root, file));
  const isBelow = path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  return isBelow ? path.replaceAll(sep, "/") : file;
}
