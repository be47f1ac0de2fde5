import type { Problem } from "../documents/document-error.ts";
import type { Range } from "../documents/node.ts";
import type { ReadTag } from "../documents/node-to-data.ts";
import { problemAt } from "../documents/problem-at.ts";
import { quote } from "../documents/quote.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { Data } from "../etf/data.ts";
import { expandHostRange, HostRangeError, MAX_HOSTS } from "./host-range.ts";

/** Where something of an inventory stands. */
export interface Place {
  readonly file: SourceFile;
  readonly range: Range;
}

/** The value of a variable, with where it was given. */
export interface Variable {
  readonly data: Data;
  /** What was written where that is a single value: `0123` is a number, and yet may be a password. */
  readonly source: string | undefined;
  readonly place: Place;
  /** Where its name stands. */
  readonly namePlace: Place;
}

export interface TreeGroup {
  readonly name: string;
  /** Hosts that stand in the group itself. */
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly parents: Set<string>;
  readonly vars: Map<string, Variable>;
  /** Where it was first named; undefined of `all` and `ungrouped` until a file names them. */
  place: Place | undefined;
}

export interface TreeHost {
  readonly name: string;
  readonly vars: Map<string, Variable>;
  readonly place: Place;
}

/** Variables of groups and hosts by their names, from the `group_vars/` and `host_vars/` of one folder. */
export interface VariableLayer {
  readonly groups: ReadonlyMap<string, Map<string, Variable>>;
  readonly hosts: ReadonlyMap<string, Map<string, Variable>>;
}

/**
 * Groups, hosts and variables as the sources of an inventory give them, one after another. Names are kept
 * in the order in which they were met, as Ansible keeps them: it decides the order of hosts.
 */
export class InventoryTree {
  readonly groups: Map<string, TreeGroup> = new Map();
  readonly hosts: Map<string, TreeHost> = new Map();
  /** From files beside the inventories and playbooks; what comes later wins. */
  readonly layers: VariableLayer[] = [];
  readonly problems: Problem[] = [];
  /** How many hosts ranges have made until now. */
  #hostsOfRanges = 0;
  /** What becomes of values with Ansible's tags. */
  readonly readTag: ReadTag;

  constructor(readTag: ReadTag) {
    this.readTag = readTag;
    this.addGroup("all", undefined);
    this.addGroup("ungrouped", undefined);
    this.#link("all", "ungrouped");
  }

  /**
   * Expands the ranges of a host name.
   *
   * @throws {HostRangeError} also if all ranges together make more hosts than an inventory can have
   */
  expand(pattern: string): readonly string[] {
    const isRange = pattern.includes("[");
    if (!isRange || this.#hostsOfRanges <= MAX_HOSTS) {
      const names = expandHostRange(pattern);
      if (isRange) this.#hostsOfRanges += names.length;
      if (!isRange || this.#hostsOfRanges <= MAX_HOSTS) return names;
    }
    throw new HostRangeError(`the ranges of the inventory make more than ${MAX_HOSTS} hosts`);
  }

  addGroup(name: string, place: Place | undefined): TreeGroup {
    const known = this.groups.get(name);
    if (known !== undefined) {
      known.place ??= place;
      return known;
    }
    const group: TreeGroup = {
      name,
      hosts: new Set(),
      children: new Set(),
      parents: new Set(),
      vars: new Map(),
      place,
    };
    this.groups.set(name, group);
    return group;
  }

  /** Puts a host into a group, which exists; `port` counts only where the host is new, as in Ansible. */
  addHost(name: string, group: string, { place, port }: { place: Place; port?: number | undefined }): void {
    if (!this.hosts.has(name)) {
      const vars = new Map<string, Variable>();
      if (port !== undefined) {
        const variable = { data: port, source: String(port), place, namePlace: place };
        vars.set("ansible_port", variable);
      }
      this.hosts.set(name, { name, vars, place });
    }
    this.addGroup(group, undefined).hosts.add(name);
  }

  /** Gives variables to a host, which exists. Ansible gives them to the group where one has the same name. */
  setHostVariables(name: string, variables: Iterable<readonly [string, Variable]>): void {
    const vars = (this.groups.get(name) ?? this.hosts.get(name))?.vars;
    for (const [variable, given] of variables) vars?.set(variable, given);
  }

  /** Makes a group the child of another one, unless that would make a circle. */
  addChild(parent: string, child: string, place: Place): void {
    if (child === "all") {
      this.problem(place, `The group "all" cannot be a child of ${quote(parent)}: it holds every group`);
      return;
    }
    const circle = this.#pathDown(child, parent);
    if (circle !== undefined) {
      const path = [...circle, child].map(quote).join(" > ");
      this.problem(
        place,
        `The group ${quote(child)} cannot be a child of ${quote(parent)}: that makes the circle ${path}`,
      );
      return;
    }
    this.#link(parent, child);
  }

  /** Puts every group that has no parent under `all`. */
  linkRoots(): void {
    for (const group of this.groups.values()) {
      if (group.name !== "all" && group.parents.size === 0) this.#link("all", group.name);
    }
  }

  problem({ file, range }: Place, message: string, hint?: string): void {
    this.problems.push(problemAt(file, range, message, hint));
  }

  #link(parent: string, child: string): void {
    this.addGroup(parent, undefined).children.add(child);
    this.addGroup(child, undefined).parents.add(parent);
  }

  /** The groups from `from` down to `to`, both included; undefined where there is no way. */
  #pathDown(from: string, to: string): string[] | undefined {
    const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
    for (const name of cameFrom.keys()) {
      if (name === to) return pathTo(name, cameFrom);
      for (const child of this.groups.get(name)?.children ?? []) {
        if (!cameFrom.has(child)) cameFrom.set(child, name);
      }
    }
    return undefined;
  }
}

function pathTo(name: string, cameFrom: ReadonlyMap<string, string | undefined>): string[] {
  const path: string[] = [];
  for (let at: string | undefined = name; at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}
