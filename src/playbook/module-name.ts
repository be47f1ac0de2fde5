/**
 * Reads the name of a module as Elixir or Erlang programmers write it: `RemoteHealth`, `my_app`,
 * `:my_app`, `'my-app'`.
 *
 * @returns the name as the BEAM has it, such as `Elixir.RemoteHealth`; undefined if it is no name
 */
export function moduleName(text: string): string | undefined {
  if (/^[A-Z]\w*(\.[A-Z]\w*)*$/.test(text)) return text.startsWith("Elixir.") ? text : `Elixir.${text}`;
  const plain = /^:?([a-z][\w@.]*)$/.exec(text)?.[1];
  return plain ?? /^(?::"([^"\\]+)"|'([^'\\]+)')$/.exec(text)?.slice(1).find(Boolean);
}
