import { AGENT_APPLICATIONS } from "./agent-applications.ts";
import { AGENT_CALLS } from "./agent-calls.ts";
import { AGENT_INSPECTION } from "./agent-inspection.ts";
import { MODULE_COMPILER } from "./module-compiler.ts";
import { OWNER_OF_SOURCE } from "./owner-of-source.ts";
import { PLAYS_FOLDER } from "./relay-source.ts";

/** What most runs ask for that ask for anything. */
const CODE: string = String.raw`
%% A module of OTP or Elixir belongs to the host and is never replaced. Asking code:which/1 for each
%% would read all folders of the code path each time; so their files are listed, and only once.
%% What concerns each of some hundred modules is done by functions of OTP: all that stands here is interpreted.
FilesIn = fun(Folder, Owner) ->
    case file:list_dir(Folder) of
        {ok, Files} -> lists:zip(Files, lists:duplicate(length(Files), Owner));
        {error, _} -> []
    end
end,
OwnFiles = fun() ->
    OfElixir = case ElixirRoot of none -> []; _ -> ElixirLibs(ElixirRoot) end,
    Folders = OfElixir ++ filelib:wildcard(filename:join([code:lib_dir(), "*", "ebin"])),
    Owned = [{Folder, OwnerOfFolder(Folder)} || Folder <- Folders],
    maps:from_list(lists:append([FilesIn(Folder, Owner) || {Folder, Owner} <- Owned, Owner =/= none]))
end,
KnownOwnFiles = fun() ->
    case get(own_files) of
        undefined -> Files = OwnFiles(), put(own_files, Files), Files;
        Files -> Files
    end
end,
Preloaded = erlang:pre_loaded(),
%% Those of the modules that the host keeps as they are, and why.
OwnOf = fun(Modules) ->
    Beams = lists:duplicate(length(Modules), ".beam"),
    Names = lists:zipwith(fun erlang:'++'/2, lists:map(fun erlang:atom_to_list/1, Modules), Beams),
    ByFile = maps:from_list(lists:zip(Names, Modules)),
    InFiles = [{maps:get(File, ByFile), Owner} || {File, Owner} <- maps:to_list(maps:with(Names, KnownOwnFiles()))],
    AtFirst = [{Module, preloaded} || Module <- Preloaded -- (Preloaded -- Modules)],
    Known = maps:from_list(InFiles ++ AtFirst),
    Loaded = lists:filter(fun erlang:module_loaded/1, Modules -- maps:keys(Known)),
    maps:merge(Known, maps:from_list([{Module, sticky} || Module <- lists:filter(fun code:is_sticky/1, Loaded)]))
end,
%% The modules that are loaded, each with its md5.
LoadedOf = fun(Modules) ->
    Loaded = lists:filter(fun erlang:module_loaded/1, Modules),
    Items = lists:duplicate(length(Loaded), md5),
    lists:zip(Loaded, lists:zipwith(fun erlang:get_module_info/2, Loaded, Items))
end,
Needed = fun(Wanted) ->
    {Modules, _} = lists:unzip(Wanted),
    Own = OwnOf(Modules),
    Lacking = maps:from_list(Wanted -- LoadedOf(Modules)),
    {maps:keys(maps:without(maps:keys(Own), Lacking)), maps:to_list(Own)}
end,
%% Old code goes before new code comes. What still runs it is told, or killed where that was asked for.
Runners = fun(Module) -> [Pid || Pid <- processes(), erlang:check_process_code(Pid, Module) =:= true] end,
Purge = fun(hard, Module) -> code:purge(Module);
           (soft, Module) ->
    code:soft_purge(Module) orelse throw({error, [{Module, {still_running, Runners(Module)}}]})
end,
%% Of an on_load function, the code server tells only that it failed. What it gave is the reason with
%% which the process ends that the code server started to call it.
Ends = fun Ends(Ref, Reasons) ->
    receive
        {trace_delivered, all, Ref} -> lists:reverse(Reasons);
        {trace, _, exit, Reason} -> Ends(Ref, [Reason | Reasons]);
        Event when element(1, Event) =:= trace -> Ends(Ref, Reasons)
    end
end,
Traced = fun(Do) ->
    Trace = fun(How) -> catch erlang:trace(whereis(code_server), How, [procs, set_on_first_spawn]) end,
    Trace(true),
    Result = Do(),
    Trace(false),
    {Result, Ends(erlang:trace_delivered(all), [])}
end,
LoadOne = fun({Module, File, Binary}) ->
    case Traced(fun() -> code:load_binary(Module, File, Binary) end) of
        {{module, Module}, _} -> ok;
        {{error, on_load_failure}, [Gave | _]} -> throw({error, [{Module, {on_load, Gave}}]});
        {{error, Reason}, _} -> throw({error, [{Module, Reason}]})
    end
end,
%% Most have no old code, and to ask the purger takes longer than to load them.
PurgeOld = fun(How, Modules) ->
    lists:foreach(fun(Module) -> Purge(How, Module) end, lists:filter(fun erlang:check_old_code/1, Modules))
end,
NamesOf = fun(Modules) -> element(1, lists:unzip3(Modules)) end,
Load = fun(How, Modules, OnLoad) ->
    PurgeOld(How, NamesOf(Modules ++ OnLoad)),
    case Modules =:= [] orelse code:atomic_load(Modules) of
        {error, _} = Error -> throw(Error);
        _ -> lists:foreach(LoadOne, OnLoad)
    end
end,
StartElixir = fun() ->
    case application:ensure_all_started(elixir) of {ok, _} -> ok; Error -> Error end
end,
%% What is prepared has been checked and is ready to run, but is not the module's code yet.
Prepare = fun(How, Modules) ->
    How =:= soft andalso PurgeOld(soft, NamesOf(Modules)),
    case code:prepare_loading(Modules) of
        {ok, Prepared} ->
            Key = erlang:unique_integer([positive]),
            put({prepared, Key}, {How, NamesOf(Modules), Prepared}),
            {prepared, Key};
        Failed -> Failed
    end
end,
Finish = fun({How, Modules, Prepared}) ->
    %% Old code may have come back since.
    PurgeOld(How, Modules),
    code:finish_loading(Prepared);
            (undefined) -> {error, not_prepared}
end,
%% A module of an application with a folder is loaded as a file of it: some look for their NIF beside it.
NamedFiles = fun() -> case get(module_files) of undefined -> #{}; Known -> Known end end,
InTheirFolders = fun(Modules) ->
    Named = NamedFiles(),
    case map_size(Named) of
        0 -> Modules;
        _ -> [{Module, maps:get(Module, Named, File), Binary} || {Module, File, Binary} <- Modules]
    end
end,
`;

/**
 * What the agent does for those who ask it, with `gen_server:call(fusion_play, Request)`: for requests of these kinds,
 * Erlang expressions whose value is a fun that answers them. They are sent along with the agent, and read when they
 * are first asked for, as to read all of them takes a tenth of a boot. `ElixirRoot` and `ElixirLibs` are bound then.
 *
 *     {needed, [{Module, Md5}]}        → {Needed, Own}: the modules that the host lacks or has in another
 *                                      version, and `{Module, Why}` of those that it keeps as they are;
 *                                      Why is preloaded, otp, elixir or sticky
 *     {load, Purge, [{Module, File, Binary}], OnLoad :: [{Module, File, Binary}]}
 *                                      → ok | {error, [{Module, Reason}]}; Purge is soft or hard
 *     {prepare, Purge, [{Module, File, Binary}]}
 *                                      → {prepared, Key} | {error, [{Module, Reason}]}: nothing is loaded
 *     {finish, Key}                    → ok | {error, …}: loads what was prepared, all or nothing
 *     {abandon, Key}                   → ok: forgets it
 *     {code_path, Folder}              → ok | {error, Reason}; Folder, or none, takes the place of the
 *                                      folder that the boot server had before
 *     start_elixir                     → ok | {error, Reason}
 *     {start_elixir, {application, elixir, Keys}}
 *                                      → the same where Elixir's modules were sent and no file tells of them
 *     {applications, [Name]}           → [{Name, own | other}]: those that the host has, with its own OTP
 *                                      or Elixir, or otherwise
 *     {calls, Timeout, Most, Options, {Module, Function, [Arguments]}}
 *                                      → [ExitReason | late]: calls with each list of arguments, at most
 *                                      Most of them at the same time, in processes with these Options
 *     {folders, [Path]}                → {ok, RunFolder} | {error, {no_folder, Why}}: folders in the run
 *                                      folder, which is made if there is none, and ends with the BEAM
 *     {write, Path, Mode | more, Piece}
 *                                      → ok | {error, {not_written, Path, Why}}: makes a file with these permissions,
 *                                      or goes on with it
 *     {inspect, [{Module, Md5}], [{Module, [{Function, Arity}]}], [Name]}
 *                                      → {[{Module, State}], [{Module, Lack}], [{Name, own | other}]}: what there
 *                                      is of modules, functions and applications; nothing is loaded
 *     {install, {[Path], [{Path, Mode, Content}]}, [{Application, Path, [{File, Size}], [Module]}], [Resource],
 *             {Application, [{Key, Value}]}}
 *                                      → ok | {error, Why}: makes folders and files in the run folder; then folders
 *                                      become those of applications once their files are there, and resources
 *                                      and environment are set
 */
export const AGENT_SERVICES: readonly (readonly [kinds: readonly string[], source: string])[] = [
  [
    ["needed", "load", "prepare", "finish", "abandon", "code_path", "start_elixir"],
    String.raw`
${OWNER_OF_SOURCE}
${CODE}
fun({needed, Modules}) -> Needed(Modules);
   ({load, How, Modules, OnLoad}) ->
       Load(How, InTheirFolders(Modules), InTheirFolders(OnLoad));
   ({prepare, How, Modules}) -> Prepare(How, InTheirFolders(Modules));
   ({finish, Key}) -> Finish(erase({prepared, Key}));
   ({abandon, Key}) -> erase({prepared, Key}), ok;
   ({code_path, Folder}) ->
       [code:del_path(Former) || "${PLAYS_FOLDER}/" ++ _ = Former <- code:get_path()],
       case Folder =:= none orelse code:add_patha(Folder) of true -> ok; Error -> Error end;
   (start_elixir) -> StartElixir();
   ({start_elixir, Resource}) ->
       case application:load(Resource) of
           ok -> StartElixir();
           {error, {already_loaded, _}} -> StartElixir();
           Error -> Error
       end
end.`,
  ],
  [
    ["applications", "folders", "write", "install"],
    String.raw`
${OWNER_OF_SOURCE}
${AGENT_APPLICATIONS}
fun({applications, Names}) -> Presence(Names);
   ({folders, Paths}) -> Folders(Paths);
   ({write, Path, Mode, Piece}) -> WritePiece(Path, Mode, Piece);
   ({install, Made, Paths, Resources, Environment}) -> Install(Made, Paths, Resources, Environment)
end.`,
  ],
  [
    ["inspect"],
    String.raw`
${OWNER_OF_SOURCE}
${CODE}
${AGENT_APPLICATIONS}
${AGENT_INSPECTION}
fun({inspect, Modules, Calls, Names}) -> Inspect(Modules, Calls, Names) end.`,
  ],
  [["calls"], `${MODULE_COMPILER} ${AGENT_CALLS} Calls.`],
];
