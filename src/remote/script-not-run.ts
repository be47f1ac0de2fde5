import { FusionPlayError } from "../errors.ts";

/**
 * Says that a host does not hand scripts to `/bin/sh`: its server, or the login shell of the user, runs something else.
 *
 * @param end how it ended, and its last words
 */
export function scriptNotRun(host: string, end: string): FusionPlayError {
  return new FusionPlayError(`Cannot run a script with /bin/sh on ${host}: ${end}`, {
    code: "SSH_EXEC_REFUSED",
    hint: "Check ForceCommand in sshd_config and the login shell of the user",
  });
}
