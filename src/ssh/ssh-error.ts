import { FusionPlayError } from "../errors.ts";

/** The SSH connection to a host could not be made, was refused or was lost. */
export class SshError extends FusionPlayError {
  override readonly name = "SshError";
}
