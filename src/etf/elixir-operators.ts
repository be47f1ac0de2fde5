/** What Elixir takes as an atom behind a colon without quotes, besides words. */
const OPERATORS: readonly string[] = (
  "! != !== % %{} & && &&& * ** + ++ +++ - -- --- -> . .. ... ..// / < <- <<< <<>> <<~ <= <> = == === =~ " +
  "> >= >>> @ \\\\ ^ {} | |> || ||| ~> ~>>"
)
  .split(" ")
  .sort((a, b) => b.length - a.length);

/** The longest operator that stands in `text` at `offset`. */
export function longestOperator(text: string, offset: number = 0): string | undefined {
  return OPERATORS.find((operator) => text.startsWith(operator, offset));
}

/** Operators that are no functions as they stand behind the dot of a call, and some more that are. */
const NOT_CALLABLE: ReadonlySet<string> = new Set("% %{} -> . .. ... ..// <<>> {}".split(" "));
const CALLABLE: readonly string[] = [...OPERATORS, "<|>", "^^^", "~~~", "::"]
  .filter((operator) => !NOT_CALLABLE.has(operator))
  .sort((a, b) => b.length - a.length);

/** The longest operator at `offset` that may follow the dot of a call without quotes, `Kernel.+(1, 2)`. */
export function longestCallableOperator(text: string, offset: number = 0): string | undefined {
  return CALLABLE.find((operator) => text.startsWith(operator, offset));
}
