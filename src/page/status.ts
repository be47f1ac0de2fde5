import type { PageOutcome } from "../report/page/page-data.ts";
import { element } from "./dom.ts";
import type { HostOutcome } from "./run-view.ts";

/** A status with its sign: shape and colour say the same. */
export function statusBadge(status: HostOutcome | PageOutcome): HTMLElement {
  return element("span", { class: `badge sign s-${status}` }, status);
}
