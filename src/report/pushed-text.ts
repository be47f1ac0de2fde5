import type { PushedModule } from "../engine/report.ts";
import { formatBytes, formatCount } from "./quantity.ts";

/** Modules that were shipped, summed up. */
export interface PushedSum {
  readonly modules: number;
  readonly bytes: number;
}

/** The modules of the play, and those of Elixir that a host with only Erlang was sent. */
export interface PushedSums {
  readonly own: PushedSum;
  /** Undefined where none was sent. */
  readonly elixir: (PushedSum & { readonly version: string }) | undefined;
}

/** Sums up modules by where they come from. */
export function sumPushed(pushed: readonly PushedModule[]): PushedSums {
  const elixirs = pushed.filter(({ elixir }) => elixir !== null);
  const version = elixirs[0]?.elixir ?? undefined;
  return {
    own: sumOf(pushed.filter(({ elixir }) => elixir === null)),
    elixir: version === undefined ? undefined : { ...sumOf(elixirs), version },
  };
}

function sumOf(modules: readonly PushedModule[]): PushedSum {
  return { modules: modules.length, bytes: modules.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Writes what was shipped: `4 modules, 3.0 kB, and 220 modules of Elixir 1.14.0, 1.7 MB`. */
export function pushedText(pushed: readonly PushedModule[]): string {
  const { own, elixir } = sumPushed(pushed);
  const parts = own.modules === 0 ? [] : [`${formatCount(own.modules, "module")}, ${formatBytes(own.bytes)}`];
  if (elixir !== undefined) parts.push(`${elixirText(elixir)}, ${formatBytes(elixir.bytes)}`);
  return parts.join(", and ");
}

/** Writes how much of Elixir was shipped: `220 modules of Elixir 1.14.0`. */
export function elixirText({ modules, version }: { modules: number; version: string }): string {
  return `${formatCount(modules, "module")} of Elixir ${version}`;
}
