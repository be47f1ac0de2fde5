/**
 * Erlang expressions that bind `FindElixir`, a function that gives `{Version, Root}` of the Elixir on
 * this host, or `{none, none}`, and `ElixirLibs`, which lists the `ebin` folders below such a root.
 */
export const FIND_ELIXIR_SOURCE: string = String.raw`
Follow = fun Follow(Path, 0) -> Path;
             Follow(Path, Left) ->
    case file:read_link(Path) of
        {ok, Target} -> Follow(filename:absname(Target, filename:dirname(Path)), Left - 1);
        {error, _} -> Path
    end
end,
ElixirLibs = fun(Root) -> filelib:wildcard(filename:join([Root, "lib", "*", "ebin"])) end,
ElixirVersion = fun(Root) ->
    case file:consult(filename:join([Root, "lib", "elixir", "ebin", "elixir.app"])) of
        {ok, [{application, elixir, Keys}]} -> list_to_binary(proplists:get_value(vsn, Keys, ""));
        _ -> none
    end
end,
FindElixir = fun() ->
    Roots =
        [filename:dirname(filename:dirname(Follow(Found, 16))) || Found <- [os:find_executable("elixir")], is_list(Found)]
        ++ ["/usr/lib/elixir", "/usr/local/lib/elixir", "/opt/elixir", "/opt/homebrew/opt/elixir/libexec"],
    case [{Version, Root} || Root <- Roots, Version <- [ElixirVersion(Root)], Version =/= none] of
        [First | _] -> First;
        [] -> {none, none}
    end
end,
`;
