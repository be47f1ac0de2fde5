// Serves simulated hosts until its parent lets go of it, and tells it what happens.
import { serveHosts, type HostCounts, type SimulatedHosts } from "./serve-hosts.ts";

const [hostKey = ""] = process.argv.slice(2);
let held = 0;
const hosts: SimulatedHosts = await serveHosts({
  hostKey: Buffer.from(hostKey, "base64").toString("utf8"),
  onHeld: () => held++,
});
process.on("message", (message: FromParent) => {
  if (message === "release") hosts.release();
  else process.send?.({ ...hosts.counts, held } satisfies FromHosts);
});
process.on("disconnect", () => process.exit());
process.send?.(hosts.port);

/** What the parent says: let held calls go on, or tell the counts. */
export type FromParent = "release" | "counts";
export type FromHosts = Readonly<HostCounts & { held: number }>;
