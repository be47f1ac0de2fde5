import { AGENT_APPLICATIONS } from "./agent-applications.ts";
import { AGENT_CALLS } from "./agent-calls.ts";
import { AGENT_INSPECTION } from "./agent-inspection.ts";
import { END_LINE } from "./end-line.ts";
import { FIND_ELIXIR_SOURCE } from "./find-elixir-source.ts";
import { LINK_SOURCE } from "./link-source.ts";
import { PLAYS_FOLDER } from "./relay-source.ts";

/**
 * What the BEAM on a host evaluates once it runs: Erlang expressions, for every OTP from 23 on. They
 * come over standard input and are interpreted, so that nothing of ours lies on the host.
 *
 * Bound beforehand: `Node` and `Cookie`, as text, and what the link wants. In the end the node is
 * distributed, and `fusion_play` is registered, a server that answers `gen_server:call/3`:
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
 *     {install, [{Application, Path, [{File, Size}], [Module]}], [Resource], {Application, [{Key, Value}]}}
 *                                      → ok | {error, Why}: folders become those of applications once
 *                                      their files are there; then resources and environment are set
 */
export const AGENT_SOURCE: string = String.raw`
Report = fun(Term) ->
    io:put_chars(user, ["fusion-play:", base64:encode(term_to_binary(Term)), $\n])
end,

${LINK_SOURCE}
%% What is printed past the I/O protocol goes to pipes whose readers go with the connection. Whoever prints then
%% shall not end for it, so the pipes are opened at their other ends, too, and read when nobody else does.
Drains = [spawn(fun() ->
    case file:open("/proc/self/fd/" ++ Fd, [read, raw, binary]) of
        {ok, Pipe} ->
            receive drain -> ok end,
            (fun Drain() -> case file:read(Pipe, 65536) of {ok, _} -> Drain(); _ -> ok end end)();
        _ -> ok
    end
end) || Fd <- ["1", "2"]],
%% A terminal hangs up.
catch os:set_signal(sighup, ignore),

%% Standard input ends with the SSH channel. We say so where the node shall end, too.
spawn(fun() ->
    (fun Watch() ->
        case io:get_line(user, "") of
            "${END_LINE}\n" -> End();
            <<"${END_LINE}\n">> -> End();
            Line when is_list(Line); is_binary(Line) -> Watch();
            _ -> Lifeline ! eof
        end
    end)(),
    [Drain ! drain || Drain <- Drains]
end),

%% A runtime that was brought has found its libraries; programs that it starts find theirs as ever.
case os:getenv("FUSION_PLAY_LIBRARY_PATH") of
    false -> ok;
    "" -> os:unsetenv("LD_LIBRARY_PATH"), os:unsetenv("FUSION_PLAY_LIBRARY_PATH");
    Former -> os:putenv("LD_LIBRARY_PATH", Former), os:unsetenv("FUSION_PLAY_LIBRARY_PATH")
end,

${FIND_ELIXIR_SOURCE}
{Version, ElixirRoot} = FindElixir(),
ElixirRoot =:= none orelse code:add_pathsz(ElixirLibs(ElixirRoot)),

%% A module of OTP or Elixir belongs to the host and is never replaced. Asking code:which/1 for each
%% would read all folders of the code path each time; so their files are listed, and only once.
%% What concerns each of some hundred modules is done by functions of OTP: all that stands here is interpreted.
FilesIn = fun(Folders, Owner) ->
    Files = lists:append([Files || Folder <- Folders, {ok, Files} <- [file:list_dir(Folder)]]),
    lists:zip(Files, lists:duplicate(length(Files), Owner))
end,
OwnFiles = fun() ->
    Otp = FilesIn(filelib:wildcard(filename:join([code:lib_dir(), "*", "ebin"])), otp),
    case ElixirRoot of
        none -> maps:from_list(Otp);
        _ -> maps:from_list(FilesIn(ElixirLibs(ElixirRoot), elixir) ++ Otp)
    end
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
${AGENT_APPLICATIONS}
${AGENT_INSPECTION}
${AGENT_CALLS}
Answer = fun({needed, Modules}) -> Needed(Modules);
            ({inspect, Modules, Calls, Names}) -> Inspect(Modules, Calls, Names);
            ({applications, Names}) -> Presence(Names);
            ({folders, Paths}) -> Folders(Paths);
            ({write, Path, Mode, Piece}) -> WritePiece(Path, Mode, Piece);
            ({install, Paths, Resources, Environment}) -> Install(Paths, Resources, Environment);
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
end,
%% A loader that goes through the network hangs up after a minute, and then searches for half a second.
init:get_argument(loader) =:= {ok, [["inet"]]} andalso spawn(fun Tick() ->
    erl_prim_loader ! tick,
    receive after 20000 -> Tick() end
end),

spawn(fun() ->
    register(fusion_play, self()),
    (fun Serve() ->
        receive
            {'$gen_call', From, {calls, Timeout, Most, Options, Wanted}} ->
                spawn(fun() -> Calls(From, Timeout, Most, Options, Wanted) end),
                Serve();
            {'$gen_call', From, Request} ->
                %% The run folder ends with this process.
                gen_server:reply(From, try Answer(Request) catch
                    throw:Reason -> Reason;
                    _:Crash -> {error, {crashed, Crash}}
                end),
                Serve();
            _ ->
                Serve()
        end
    end)()
end),

Name = list_to_atom(Node),
code:ensure_loaded(net_kernel),
Started = case erlang:function_exported(net_kernel, start, 2) of
    true -> net_kernel:start(Name, #{name_domain => longnames});
    false -> net_kernel:start([Name, longnames])
end,
case Started of
    {ok, _} ->
        erlang:set_cookie(Name, list_to_atom(Cookie)),
        %% The node ends when the link is gone, or never came. Where it is given up, all ends that was started
        %% for our node by then: it has a group leader there.
        Sweep = fun(Gone) ->
            [exit(Pid, kill) || Pid <- processes(),
                {group_leader, Leader} <- [process_info(Pid, group_leader)], node(Leader) =:= Gone]
        end,
        Guard = fun Guard(Patience) ->
            %% Whoever makes the link says who we are.
            Ours = receive {ours, Told} -> Told after Patience -> End() end,
            receive {nodeup, Ours, _} -> ok after 60000 -> End() end,
            receive
                {nodedown, Ours, _} -> End();
                {release, Relay, From} ->
                    Relay ! hang_up,
                    receive {nodedown, Ours, _} -> Sweep(Ours) end,
                    From ! {released, Relay},
                    Guard(infinity)
            end
        end,
        spawn(fun() ->
            net_kernel:monitor_nodes(true, [{node_type, all}]),
            Lifeline ! {guard, self()},
            Guard(60000)
        end),
        Otp = list_to_binary(erlang:system_info(otp_release)),
        Architecture = list_to_binary(erlang:system_info(system_architecture)),
        Bits = integer_to_binary(8 * erlang:system_info(wordsize)),
        Report({ready, Otp, Version, Architecture, Bits, integer_to_binary(LinkPort)});
    {error, Why} ->
        Report({failed, iolist_to_binary(io_lib:format("~0tp", [Why]))}),
        timer:sleep(200),
        erlang:halt(1)
end.
`;
