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
%% Version managers name what they have "1.15.7" or "1.15.7-otp-26": the newest that this OTP can load comes first.
Managed = fun(Home) ->
    Folders = [".asdf/installs", ".local/share/mise/installs", ".elixir-install/installs"],
    Found = lists:append([filelib:wildcard(filename:join([Home, Folder, "elixir", "[0-9]*"])) || Folder <- Folders]),
    Versions = [{[list_to_integer(Digits) || [Digits] <- Numbers], Path} || Path <- Found,
                {match, Numbers} <- [re:run(filename:basename(Path), "[0-9]+", [global, {capture, all, list}])]],
    Release = list_to_integer(erlang:system_info(otp_release)),
    Fits = fun(Path) ->
        case re:run(filename:basename(Path), "-otp-([0-9]+)", [{capture, all_but_first, list}]) of
            {match, [Otp]} -> list_to_integer(Otp) =< Release;
            nomatch -> true
        end
    end,
    [Path || {_, Path} <- lists:reverse(lists:sort(Versions)), Fits(Path)]
end,
FindElixir = fun() ->
    Roots =
        [filename:dirname(filename:dirname(Follow(Found, 16))) || Found <- [os:find_executable("elixir")], is_list(Found)]
        ++ ["/usr/lib/elixir", "/usr/local/lib/elixir", "/opt/elixir", "/opt/homebrew/opt/elixir/libexec"]
        ++ case os:getenv("HOME") of false -> []; Home -> Managed(Home) end,
    case [{Version, Root} || Root <- Roots, Version <- [ElixirVersion(Root)], Version =/= none] of
        [First | _] -> First;
        [] -> {none, none}
    end
end,
`;
