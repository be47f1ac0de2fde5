import type { ShippedModule } from "../engine/module-source.ts";
import { FusionPlayError } from "../errors.ts";
import { displayModule } from "../etf/module-name.ts";

/** A host, as far as it decides which modules it can load. */
export interface ReleaseOfHost {
  /** Name of the host, for messages. */
  readonly host: string;
  /** Release of OTP on the host. */
  readonly otp: string;
}

/** Gives the error of modules that need a newer OTP than the host has; undefined where none does. */
export function checkRelease(
  modules: readonly ShippedModule[],
  { host, otp }: ReleaseOfHost,
): FusionPlayError | undefined {
  const release = Number.parseInt(otp, 10);
  const tooNew = modules.filter(({ minimumOtp = 0 }) => minimumOtp > release);
  const [first] = tooNew;
  if (first === undefined) return undefined;
  if (first.elixir !== null) return elixirTooNew(tooNew, first.elixir, { host, otp });
  return new FusionPlayError(
    `Cannot push ${displayModule(first.name)} to ${host}: it needs OTP ${first.minimumOtp}, the host has ${otp}`,
    { code: "MODULE_TOO_NEW", hint: `Compile it with OTP ${otp} or older, or upgrade Erlang on the host` },
  );
}

function elixirTooNew(
  modules: readonly ShippedModule[],
  version: string,
  { host, otp }: ReleaseOfHost,
): FusionPlayError {
  const own = modules.filter(({ elixir }) => elixir !== null);
  const needed = Math.max(...own.map(({ minimumOtp = 0 }) => minimumOtp));
  return new FusionPlayError(
    `Cannot ship Elixir to ${host}, which has only Erlang: Elixir ${version} here was built for ` +
      `OTP ${needed}, the host has ${otp}`,
    {
      code: "MODULE_TOO_NEW",
      hint: `Install Elixir on the host, or one here that was built for OTP ${otp}`,
    },
  );
}
