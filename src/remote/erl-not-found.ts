import { FusionPlayError } from "../errors.ts";

/** Says that a host has no Erlang where it was looked for. */
export function erlNotFound(host: string, lookedIn: string): FusionPlayError {
  return new FusionPlayError(`Cannot find erl on ${host}: looked in ${lookedIn}`, {
    code: "ERL_NOT_FOUND",
    hint: "Install Erlang on the host, set fusion_erl to the path of erl, or bring a runtime: fusion-play bundle",
  });
}
