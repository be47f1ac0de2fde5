import { createHash } from "node:crypto";
import { revealedJson } from "./secret-json.ts";
import type { SshTarget } from "./ssh-target.ts";

/** What two targets must have in common to share a connection: all but what they are called, passwords included. */
export function targetKey({ name: _name, route, ...target }: SshTarget): string {
  const way = route.type === "jump" ? targetKey(route.through) : route;
  return createHash("sha256")
    .update(revealedJson([target, way]))
    .digest("hex");
}
