import { displayModule } from "../../etf/module-name.ts";
import type { WrittenModule } from "../written-report.ts";
import type { PageModule } from "./page-data.ts";

interface Shipped {
  readonly module: WrittenModule;
  readonly hosts: Set<string>;
}

/** Collects the modules that a run shipped, each version of one once. */
export class PageModules {
  readonly #shipped: Map<string, Shipped> = new Map();
  readonly #indexes: Map<string, number> = new Map();

  /** Gives the index of a module that a host was sent. */
  add(host: string, module: WrittenModule): number {
    const key = `${module.module}\0${module.md5}`;
    const known = this.#shipped.get(key);
    if (known === undefined) {
      this.#indexes.set(key, this.#shipped.size);
      this.#shipped.set(key, { module, hosts: new Set([host]) });
    } else known.hosts.add(host);
    return this.#indexes.get(key) ?? 0;
  }

  /** The modules by their index. */
  all(): PageModule[] {
    const byName = new Map<string, number>();
    const shipped = [...this.#shipped.values()];
    for (const [index, { module }] of shipped.entries()) {
      if (!byName.has(module.module)) byName.set(module.module, index);
    }
    return shipped.map(({ module: { module, bytes, needed_by, reason, elixir }, hosts }, index) => {
      const neededBy = needed_by === null ? -1 : (byName.get(needed_by) ?? -1);
      return {
        name: displayModule(module),
        bytes,
        neededBy: neededBy === index ? -1 : neededBy,
        reason: reason ?? "",
        ...(elixir === null ? {} : { elixir }),
        hosts: hosts.size,
      };
    });
  }
}
