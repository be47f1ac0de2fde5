const ELIXIR_PREFIX = "Elixir.";

/** Whether the atom names a module as Elixir does: `Elixir.RemoteHealth`. */
export function isElixirModule(module: string): boolean {
  return module.startsWith(ELIXIR_PREFIX);
}

/** A module as its language writes it: `RemoteHealth` for `Elixir.RemoteHealth`, `my_app`. */
export function displayModule(module: string): string {
  return isElixirModule(module) ? module.slice(ELIXIR_PREFIX.length) : module;
}

/** A function as its language writes it: `RemoteHealth.check/0`, `my_app:check/0`. */
export function displayFunction(module: string, name: string, arity: number): string {
  return `${displayModule(module)}${isElixirModule(module) ? "." : ":"}${name}/${arity}`;
}
