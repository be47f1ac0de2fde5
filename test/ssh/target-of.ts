import type { Sshd } from "../live/sshd.ts";
import { DEFAULT_TIMEOUTS, type SshTarget } from "../../src/ssh/ssh-target.ts";

/** Where a test server listens, and how to get in: as the user of the tests, with the key it lets in. */
export function targetOf(sshd: Sshd, changes: Partial<SshTarget> = {}): SshTarget {
  return {
    name: "web1",
    address: sshd.address,
    port: sshd.port,
    user: sshd.user,
    identities: [{ file: sshd.userKeyFile, required: true }],
    identitiesOnly: false,
    hostKeys: { files: [sshd.knownHostsFile], checking: "strict" },
    timeouts: DEFAULT_TIMEOUTS,
    route: { type: "direct" },
    ...changes,
  };
}

/** A signal for waits that nobody gives up. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
