import type { Play } from "../../playbook/playbook.ts";
import { Free } from "./free.ts";
import { HostPinned } from "./host-pinned.ts";
import { Linear } from "./linear.ts";
import type { Strategy } from "./strategy.ts";

/** @param hosts those of the batch */
export function strategyOf({ strategy }: Play, hosts: readonly string[]): Strategy {
  switch (strategy) {
    case "linear":
      return new Linear(hosts);
    case "free":
      return new Free();
    case "host_pinned":
      return new HostPinned();
  }
}
