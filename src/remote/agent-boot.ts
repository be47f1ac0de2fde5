import { END_LINE } from "./end-line.ts";
import { FIND_ELIXIR_SOURCE } from "./find-elixir-source.ts";
import { OLDEST_OTP_OF_LINK } from "./link-protocol.ts";

/**
 * What the BEAM on a host evaluates once it runs: Erlang expressions, for every OTP from 23 on. They
 * come over standard input and are interpreted, so that nothing of ours lies on the host.
 *
 * Bound beforehand: `Node` and `Cookie`, as text, what the link wants, `Link`, which is the module of `LINK`, and
 * `Services`, which is `term_to_binary([{Kinds, Source}], [compressed])` of `AGENT_SERVICES`. In the end the node is
 * distributed, and `fusion_play` is registered, a server that answers `gen_server:call/3`.
 */
export const AGENT_BOOT: string = String.raw`
Report = fun(Term) ->
    io:put_chars(user, ["fusion-play:", base64:encode(term_to_binary(Term)), $\n])
end,

%% A call that names it would have erl_lint read the format, for which it loads all of unicode_util before.
Format = fun io_lib:format/2,

%% Most runs need few of them, so a service is read by the process that first needs it.
Service = fun(Kind, Bound) ->
    case [Read || {{service, Kinds}, Read} <- get(), lists:member(Kind, Kinds)] of
        [Known] -> Known;
        [] ->
            [{Kinds, Source}] = [Each || {Kinds, _} = Each <- binary_to_term(Services), lists:member(Kind, Kinds)],
            {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source)),
            {ok, Forms} = erl_parse:parse_exprs(Tokens),
            {value, Read, _} = erl_eval:exprs(Forms, Bound),
            put({service, Kinds}, Read),
            Read
    end
end,

%% A release that does not load the module of the link compiles its forms, and asks for them.
LoadLink = fun(Beam) -> code:load_binary(fusion_play_dist, "fusion_play_dist.beam", Beam) end,
CompileLink = fun() ->
    Report({link_forms}),
    Texts = binary_to_term(base64:decode(io:get_line(""))),
    Parsed = [begin
        {ok, FormTokens, _} = erl_scan:string(unicode:characters_to_list(Text)),
        {ok, Form} = erl_parse:parse_form(FormTokens),
        Form
    end || Text <- Texts],
    {ok, _, Compiled} = compile:forms(Parsed, []),
    {module, _} = LoadLink(Compiled)
end,
list_to_integer(erlang:system_info(otp_release)) >= ${OLDEST_OTP_OF_LINK}
    andalso LoadLink(binary_to_term(Link)) =:= {module, fusion_play_dist}
    orelse try CompileLink()
    catch _:NoLink ->
        Report({failed, iolist_to_binary(Format("This release of OTP needs its application compiler: ~0tp", [NoLink]))}),
        timer:sleep(200),
        erlang:halt(1)
    end,
LinkPort = fusion_play_dist:start(Token, Linger),
%% We connect while the rest goes on.
Report({link, integer_to_binary(LinkPort)}),

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
            "${END_LINE}\n" -> fusion_play_dist:stop();
            <<"${END_LINE}\n">> -> fusion_play_dist:stop();
            Line when is_list(Line); is_binary(Line) -> Watch();
            _ -> fusion_play_dist:eof()
        end
    end)(),
    [Drain ! drain || Drain <- Drains]
end),

%% erl has made a flag of it. Programs that steps start, such as another erl, shall find the host's own EPMD.
os:unsetenv("ERL_EPMD_PORT"),

%% A runtime that was brought has found its libraries; programs that it starts find theirs as ever.
case os:getenv("FUSION_PLAY_LIBRARY_PATH") of
    false -> ok;
    "" -> os:unsetenv("LD_LIBRARY_PATH"), os:unsetenv("FUSION_PLAY_LIBRARY_PATH");
    Former -> os:putenv("LD_LIBRARY_PATH", Former), os:unsetenv("FUSION_PLAY_LIBRARY_PATH")
end,

${FIND_ELIXIR_SOURCE}
{Version, ElixirRoot} = FindElixir(),
ElixirRoot =:= none orelse code:add_pathsz(ElixirLibs(ElixirRoot)),
Bind = fun({Variable, Value}, Bound) -> erl_eval:add_binding(Variable, Value, Bound) end,
OfElixir = lists:foldl(Bind, erl_eval:new_bindings(), [{'ElixirRoot', ElixirRoot}, {'ElixirLibs', ElixirLibs}]),

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
                Calls = Service(calls, OfElixir),
                spawn(fun() -> Calls(From, Timeout, Most, Options, Wanted) end),
                Serve();
            {'$gen_call', From, Request} ->
                %% The run folder ends with this process.
                gen_server:reply(From, try
                    Kind = case Request of start_elixir -> start_elixir; _ -> element(1, Request) end,
                    (Service(Kind, OfElixir))(Request)
                catch
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
        fusion_play_dist:ready(),
        Otp = list_to_binary(erlang:system_info(otp_release)),
        Architecture = list_to_binary(erlang:system_info(system_architecture)),
        Bits = integer_to_binary(8 * erlang:system_info(wordsize)),
        Report({ready, Otp, Version, Architecture, Bits});
    {error, Why} ->
        Report({failed, iolist_to_binary(Format("~0tp", [Why]))}),
        timer:sleep(200),
        erlang:halt(1)
end.
`;
