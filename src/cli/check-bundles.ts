import type { Playbook } from "../playbook/playbook.ts";
import { openBundle } from "../runtime/bundle.ts";

/**
 * Looks at the runtimes that plays bring, so that one that is none ends the command before any host is
 * touched.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `RUNTIME_INVALID`
 */
export async function checkBundles(playbooks: readonly Playbook[]): Promise<void> {
  const files = new Set(playbooks.flatMap(({ plays }) => plays).flatMap(({ bundle }) => bundle ?? []));
  for (const file of files) await openBundle(file);
}
