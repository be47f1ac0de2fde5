/**
 * Erlang expressions that bind `FindElixir`, a function that gives `{Version, Root}` of the Elixir on
 * this host, or `{none, none}`, and `ElixirLibs`, which lists the `ebin` folders below such a root, and may name
 * some that are not there.
 */
export const FIND_ELIXIR_SOURCE: string = String.raw`
Follow = fun Follow(Path, 0) -> Path;
             Follow(Path, Left) ->
    case file:read_link(Path) of
        {ok, Target} -> Follow(filename:absname(Target, filename:dirname(Path)), Left - 1);
        {error, _} -> Path
    end
end,
ElixirLibs = fun(Root) ->
    case file:list_dir(filename:join(Root, "lib")) of
        {ok, Names} -> [filename:join([Root, "lib", Name, "ebin"]) || Name <- lists:sort(Names)];
        {error, _} -> []
    end
end,
%% The file lists all of Elixir's modules: to read it as a term takes 4 ms.
ElixirVersion = fun(Root) ->
    case file:read_file(filename:join([Root, "lib", "elixir", "ebin", "elixir.app"])) of
        {ok, Resource} ->
            case binary:split(Resource, [<<"{vsn,\"">>, <<"{vsn, \"">>]) of
                [_, Rest] -> hd(binary:split(Rest, <<"\"">>));
                _ -> none
            end;
        {error, _} -> none
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
FirstElixir = fun First([Root | Others]) ->
                  case ElixirVersion(Root) of none -> First(Others); Version -> {Version, Root} end;
                  First([]) -> {none, none}
end,
FindElixir = fun() ->
    Usual =
        [filename:dirname(filename:dirname(Follow(Found, 16))) || Found <- [os:find_executable("elixir")], is_list(Found)]
        ++ ["/usr/lib/elixir", "/usr/local/lib/elixir", "/opt/elixir", "/opt/homebrew/opt/elixir/libexec"],
    case FirstElixir(Usual) of
        {none, none} -> FirstElixir(case os:getenv("HOME") of false -> []; Home -> Managed(Home) end);
        Found -> Found
    end
end,
`;
