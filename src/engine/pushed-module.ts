import type { ShippedModule } from "./module-source.ts";
import type { PushedModule } from "./report.ts";

/** Tells of a module what reports and events say about its shipping. */
export function pushedModule({ name, binary, md5, neededBy, reason, elixir }: ShippedModule): PushedModule {
  return { module: name, bytes: binary.byteLength, md5, needed_by: neededBy, reason, elixir };
}
