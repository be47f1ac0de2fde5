/**
 * The part of the agent that knows applications. It binds `Presence`, `Folders`, `WritePiece` and `Install`, and
 * expects `ElixirRoot` and `OwnerOf` to be bound.
 *
 * The run folder is made and removed by a shell of its own, a port of the agent: it waits for the end
 * of its standard input, which comes when the BEAM ends, however that happens, also when a NIF crashes
 * it or it is killed. The shell is in no group that is killed with the BEAM, and keeps the BEAM's
 * standard error open, so that the end of that tells when the folder is gone.
 */
export const AGENT_APPLICATIONS: string = String.raw`
LibraryFolders = [code:lib_dir() | [filename:join(ElixirRoot, "lib") || ElixirRoot =/= none]],
Presence = fun(Names) ->
    Loaded = [Name || {Name, _, _} <- application:loaded_applications()],
    lists:append([
        case code:lib_dir(Name) of
            {error, bad_name} -> [{Name, other} || lists:member(Name, Loaded)];
            Folder ->
                IsBelow = fun(Library) -> lists:prefix(Library ++ "/", Folder) end,
                case OwnerOf(atom_to_list(Name)) =/= none andalso lists:any(IsBelow, LibraryFolders) of
                    true -> [{Name, own}];
                    false -> [{Name, other}]
                end
        end || Name <- Names])
end,

%% mktemp makes a folder that is nobody else's from its first moment.
FolderKeeper =
    "PATH=$PATH:/usr/bin:/bin; trap '' HUP INT TERM; "
    "d=$(mktemp -d \"$1/fusion-play-XXXXXXXXXXXX\" 2>&1) || { printf '%s\\n' \"failed:$d\"; exit 1; }; "
    "printf '%s\\n' \"folder:$d\"; cat >/dev/null; "
    "for try in 1 2 3 4 5; do rm -rf -- \"$d\" 2>/dev/null && exit; sleep 0.2; done",
MakeRunFolder = fun() ->
    Temporary = case os:getenv("TMPDIR") of
        Named when is_list(Named), Named =/= [] -> filename:absname(Named);
        _ -> "/tmp"
    end,
    Keeper = open_port({spawn_executable, "/bin/sh"},
        [{args, ["-c", FolderKeeper, "fusion-play", Temporary]}, {line, 4096}, exit_status, binary]),
    receive
        {Keeper, {data, {eol, <<"folder:", Folder/binary>>}}} -> unicode:characters_to_list(Folder);
        {Keeper, {data, {_, <<"failed:", Why/binary>>}}} -> throw({error, {no_folder, Why}});
        {Keeper, {exit_status, Status}} -> throw({error, {no_folder, integer_to_binary(Status)}})
    after 10000 ->
        port_close(Keeper),
        throw({error, {no_folder, <<"no answer">>}})
    end
end,
RunFolder = fun() ->
    case get(run_folder) of
        undefined -> Made = MakeRunFolder(), put(run_folder, Made), Made;
        Known -> Known
    end
end,
Folders = fun(Paths) ->
    Root = RunFolder(),
    lists:foreach(fun(Path) ->
        case filelib:ensure_dir(filename:join([Root, Path, "x"])) of
            ok -> ok;
            {error, Reason} -> throw({error, {no_folder, atom_to_binary(Reason, utf8)}})
        end
    end, Paths),
    {ok, unicode:characters_to_binary(Root)}
end,

%% A file comes in pieces, the first of which makes it.
WritePiece = fun(Path, Mode, Piece) ->
    Done = case Mode of
        more -> file:write_file(Path, Piece, [raw, append]);
        _ ->
            case file:write_file(Path, <<>>, [raw, exclusive]) of
                ok ->
                    file:change_mode(Path, Mode),
                    file:write_file(Path, Piece, [raw, append]);
                Error -> Error
            end
    end,
    case Done of
        ok -> ok;
        {error, Reason} ->
            throw({error, {not_written, unicode:characters_to_binary(Path), list_to_binary(file:format_error(Reason))}})
    end
end,

LoadResource = fun({application, Name, _} = Resource) ->
    %% One that runs keeps what it was loaded with; only its code and environment change.
    application:unload(Name),
    case application:load(Resource) of
        ok -> ok;
        {error, {already_loaded, _}} -> ok;
        {error, Reason} -> throw({error, {not_loaded, Name, Reason}})
    end
end,
Install = fun({Own, Written}, Paths, Resources, {Application, Environment}) ->
    Own =:= [] orelse Folders(Own),
    lists:foreach(fun({File, Mode, Content}) ->
        WritePiece(filename:join(RunFolder(), File), Mode, Content)
    end, Written),
    lists:foreach(fun({Name, Path, Files, Modules}) ->
        Folder = filename:join(RunFolder(), Path),
        lists:foreach(fun({File, Size}) ->
            case file:read_file_info(filename:join(Folder, File)) of
                {ok, Info} when element(2, Info) =:= Size -> ok;
                _ -> throw({error, {not_there, unicode:characters_to_binary(filename:join(Folder, File))}})
            end
        end, Files),
        Ebin = filename:join(Folder, "ebin"),
        true = code:replace_path(Name, Ebin),
        Named = [{Module, filename:join(Ebin, atom_to_list(Module) ++ ".beam")} || Module <- Modules],
        Former = case get(module_files) of undefined -> #{}; Known -> Known end,
        put(module_files, maps:merge(Former, maps:from_list(Named)))
    end, Paths),
    lists:foreach(LoadResource, Resources),
    %% What is persistent is kept when the application is loaded anew.
    lists:foreach(fun({Key, Value}) ->
        application:set_env(Application, Key, Value, [{persistent, true}])
    end, Environment)
end,
`;
