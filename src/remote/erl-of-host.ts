import type { ConnectOptions } from "../engine/remote-node.ts";
import type { Host } from "../inventory/inventory.ts";
import type { Bundle } from "../runtime/bundle.ts";
import type { OpenBundles } from "../runtime/open-bundles.ts";
import type { ErlSource } from "./find-erl-script.ts";

/** Where a host gets its runtime from. The inventory's words about a host count more than a play's. */
export async function erlOfHost(
  { connection }: Host,
  { bundle: ofPlay }: Pick<ConnectOptions, "bundle">,
  bundles: OpenBundles,
): Promise<{ erl: ErlSource; bundle: Bundle | undefined }> {
  if (connection.erl !== undefined) return { erl: { type: "path", path: connection.erl }, bundle: undefined };
  const file = connection.runtime ?? ofPlay;
  if (file === undefined) return { erl: { type: "search" }, bundle: undefined };
  const bundle = await bundles.open(file);
  return { erl: { type: "bundle", sha256: bundle.sha256 }, bundle };
}
