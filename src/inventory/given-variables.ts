import { lineNumberAt } from "../documents/position.ts";
import type { Data } from "../etf/data.ts";
import type { InventoryTree, Variable } from "./inventory-tree.ts";
import { sourcesOfHost } from "./merge-variables.ts";

/** What one place of an inventory gives a host. */
export interface GivenVariable {
  readonly name: string;
  readonly data: Data;
  /** The group that gives it; undefined where the host does. */
  readonly group: string | undefined;
  /** As the user named it. */
  readonly file: string;
  /** Undefined where a program, a module or the command line gives it. */
  readonly line: number | undefined;
}

/** All that an inventory says of the variables of a host, in the order of merging: what comes later wins. */
export function givenVariables(tree: InventoryTree, host: string): GivenVariable[] {
  return sourcesOfHost(tree, host).flatMap(({ group, vars }) =>
    [...vars].map(([name, variable]) => ({
      name,
      data: variable.data,
      group,
      file: variable.namePlace.file.path,
      line: lineOf(variable),
    })),
  );
}

function lineOf({ namePlace: { file, range } }: Variable): number | undefined {
  return file.isNoFile === true || file.valueAt !== undefined ? undefined : lineNumberAt(file, range[0]);
}
