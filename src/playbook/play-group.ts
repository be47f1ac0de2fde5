import type { Value } from "../etf/value.ts";

/** A group of the inventory, as the function of a TypeScript play sees it. */
export interface PlayGroup {
  /** Name of the group. */
  readonly name: string;
  /** In the order of the inventory, whether or not the play runs on them. */
  readonly hosts: readonly GroupMember[];
}

/** A host of a group. */
export interface GroupMember {
  /** Name of the host in the inventory. */
  readonly name: string;
  /** Variables of the inventory. */
  readonly vars: Readonly<Record<string, Value>>;
}
