/**
 * The part of the agent that tells what the host has, for a dry run that connects. It binds `Inspect`, and
 * expects `OwnOf`, `LoadedOf` and `Presence` to be bound.
 *
 * State of a module that the host has: `{own, Why}`, `current`, or `{other, Md5, File | loaded}`. Lack of one
 * whose functions were asked for: those that it does not have, or `module`.
 */
export const AGENT_INSPECTION: string = String.raw`
%% What there is of modules and functions, for a dry run. Nothing is loaded for asking.
PathFiles = fun() ->
    lists:foldr(fun(Folder, Listed) ->
        case file:list_dir(Folder) of
            {ok, Files} -> lists:foldl(fun(File, Map) -> maps:put(File, Folder, Map) end, Listed, Files);
            {error, _} -> Listed
        end
    end, #{}, code:get_path())
end,
FileOf = fun(Module, Paths) ->
    File = atom_to_list(Module) ++ ".beam",
    case maps:find(File, Paths) of
        {ok, Folder} -> [filename:join(Folder, File)];
        error -> []
    end
end,
StateOf = fun({Module, Md5}, Own, Loaded, Paths) ->
    case {maps:find(Module, Own), maps:find(Module, Loaded)} of
        {{ok, Why}, _} -> [{own, Why}];
        {error, {ok, Md5}} -> [current];
        {error, {ok, Theirs}} -> [{other, Theirs, loaded}];
        {error, error} ->
            [{other, Theirs, unicode:characters_to_binary(File)}
             || File <- FileOf(Module, Paths), {ok, {_, Theirs}} <- [beam_lib:md5(File)], Theirs =/= Md5]
    end
end,
Exports = fun(Module, Paths) ->
    case erlang:module_loaded(Module) of
        true -> [erlang:get_module_info(Module, exports)];
        false ->
            [Exported || File <- FileOf(Module, Paths), {ok, {_, [{exports, Exported}]}} <- [beam_lib:chunks(File, [exports])]]
    end
end,
Lacking = fun(Module, Functions, Paths) ->
    case Exports(Module, Paths) of
        [] -> module;
        [Exported] ->
            case lists:member({'$handle_undefined_function', 2}, Exported) of
                true -> [];
                false -> Functions -- Exported
            end
    end
end,
Inspect = fun(Modules, Calls, Names) ->
    Paths = PathFiles(),
    {Wanted, _} = lists:unzip(Modules),
    Own = OwnOf(Wanted),
    Loaded = maps:from_list(LoadedOf(Wanted)),
    {[{Module, State} || {Module, _} = Each <- Modules, State <- StateOf(Each, Own, Loaded, Paths)],
     [{Module, Lack} || {Module, Functions} <- Calls, Lack <- [Lacking(Module, Functions, Paths)], Lack =/= []],
     Presence(Names)}
end,
`;
