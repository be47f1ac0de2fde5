import type { Line } from "./line.ts";
import { withoutHost } from "./without-host.ts";
import { withoutIdentities } from "./without-identities.ts";

/** So many are remembered. */
const MOST = 1000;

/** Remembers what was told of failures, so that the same of another host need not be told again. */
export class ShownDetails {
  readonly #hosts: Map<string, string> = new Map();

  /** Gives the host of which the same was told before; undefined where it is new, and is remembered. */
  toldOf(host: string, lines: readonly Line[]): string | undefined {
    const key = withoutIdentities(withoutHost(JSON.stringify(lines), host));
    const before = this.#hosts.get(key);
    if (before === undefined && this.#hosts.size < MOST) this.#hosts.set(key, host);
    return before;
  }
}
