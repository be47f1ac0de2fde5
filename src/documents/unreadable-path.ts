import { lstat, readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { quote } from "./quote.ts";
import { closest } from "./suggestion.ts";

/** Makes the error of a file or folder that cannot be read. */
export function unreadable(name: string, state: string, hint: string, cause?: unknown): FusionPlayError {
  return new FusionPlayError(`Cannot read ${quote(name)}: ${state}`, {
    code: "FILE_UNREADABLE",
    hint,
    cause,
  });
}

/** Says of what the system refused to read why, and what to do. */
export async function unreadablePath(
  { path, name }: { readonly path: string; readonly name: string },
  error: NodeJS.ErrnoException,
): Promise<FusionPlayError> {
  switch (error.code) {
    case "ENOENT":
      if (await isLink(path)) {
        return unreadable(name, "it is a link to what does not exist", "Remove the link, or mend it", error);
      }
      return unreadable(name, "it does not exist", await nearbyName(path, name), error);
    case "EACCES":
    case "EPERM":
      return unreadable(
        name,
        "permission is denied",
        "Check the rights of the file and of its folders",
        error,
      );
    case "ENOTDIR":
      return unreadable(name, "a part of the path is not a folder", "Check the path", error);
    case "ELOOP":
      return unreadable(name, "its links lead around in a circle", "Remove the link, or mend it", error);
    default:
      return unreadable(name, error.message, "Check the path", error);
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** Suggests the name in the folder that was most likely meant. */
async function nearbyName(path: string, name: string): Promise<string> {
  let names: string[];
  try {
    names = (await readdir(dirname(path))).toSorted();
  } catch {
    return `Check the path: the folder ${quote(dirname(name))} does not exist`;
  }
  const wanted = basename(name);
  const stem = (file: string): string => file.replace(/\.[^.]*$/u, "");
  // hosts.yaml for hosts.yml is more alike than any count of letters says.
  const nearest = names.find((other) => stem(other) === stem(wanted)) ?? closest(wanted, names);
  if (nearest === undefined) return `Check the path: the folder ${quote(dirname(name))} has no such file`;
  return `Did you mean ${quote(name.slice(0, name.length - wanted.length) + nearest)}?`;
}
