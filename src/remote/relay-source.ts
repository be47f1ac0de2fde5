import { FIND_ELIXIR_SOURCE } from "./find-elixir-source.ts";
import { OWNER_OF_SOURCE } from "./owner-of-source.ts";

/** Where the folders of plays lie, whose files our boot server has. */
export const PLAYS_FOLDER = "/fusion-play";

/** Exit status of the relay when its tunnel has ended, and with it whoever could end the BEAM. */
export const RELAY_LOST = 86;

/**
 * What the small BEAM evaluates that stands between the loader of the BEAM on a host (`-loader inet`) and
 * our boot server: Erlang expressions, for every OTP from 23 on. Files of the host's own OTP and Elixir it
 * reads there, so that a boot costs no round trips; what lies below `/fusion-play` it asks us for; anything
 * else there is not.
 *
 * Bound beforehand: `Port`, the host's port that leads to our boot server, and `Token`, which that wants
 * to see first. It reports `{relay, Address}`: the loader finds it there, on UDP port 4368. It takes one
 * client, of its own user, and ends with it, or with our boot server and {@linkcode RELAY_LOST}.
 */
export const RELAY_SOURCE: string = String.raw`
Report = fun(Term) ->
    io:put_chars(user, ["fusion-play:", base64:encode(term_to_binary(Term)), $\n])
end,
Halt = fun() -> erlang:halt(0, [{flush, false}]) end,
Lost = fun() -> erlang:halt(${RELAY_LOST}, [{flush, false}]) end,
%% A call that names it would have erl_lint read its format, for which it loads all of unicode_util.
Format = fun io_lib:format/2,
Fail = fun(What, Why) ->
    Report({failed, iolist_to_binary(Format("~ts: ~0tp", [What, Why]))}),
    timer:sleep(200),
    erlang:halt(0)
end,
${FIND_ELIXIR_SOURCE}
${OWNER_OF_SOURCE}
{_, ElixirRoot} = FindElixir(),
OfElixir = case ElixirRoot of none -> []; _ -> ElixirLibs(ElixirRoot) end,
%% Elixir may lie in a folder such as /usr, so only its own below that count.
Roots = [Root ++ "/" || Root <- [code:root_dir() | [filename:dirname(Folder) || Folder <- OfElixir]]],
Folders = filelib:wildcard(filename:join([code:lib_dir(), "*", "ebin"])) ++ OfElixir,
FilesIn = fun(Among) ->
    sets:from_list(lists:append([Files || Folder <- Among, {ok, Files} <- [file:list_dir(Folder)]]))
end,
OfHost = FilesIn(Folders),
%% Plays come first on the code path, but nothing of the host's own is taken from them.
Own = FilesIn([Folder || Folder <- Folders, OwnerOfFolder(Folder) =/= none]),

%% The root itself may have been found through "..".
IsBelow = fun(Root, Path) ->
    lists:prefix(Root, Path ++ "/")
        andalso not lists:member("..", filename:split(lists:nthtail(length(Root), Path ++ "/")))
end,
%% The files of applications that were pushed lie in a folder that mktemp named.
IsOfRun = fun(Path) ->
    re:run(Path, "^/.*/fusion-play-[A-Za-z0-9]{12}(/|$)", [unicode, {capture, none}]) =:= match
        andalso not lists:member("..", filename:split(Path))
end,
IsOfHost = fun(Path) -> lists:any(fun(Root) -> IsBelow(Root, Path) end, Roots) orelse IsOfRun(Path) end,
Read = fun(get, Path) -> file:read_file(Path);
          (list_dir, Path) -> file:list_dir(Path);
          (read_file_info, Path) -> file:read_file_info(Path);
          (read_link_info, Path) -> file:read_link_info(Path);
          (_, _) -> {error, enoent}
end,
Refused = fun(Command) -> term_to_binary({Command, {error, enoent}}) end,

Tunnel = case gen_tcp:connect({127,0,0,1}, Port, [binary, {packet, 4}, {active, true}, {nodelay, true}], 10000) of
    {ok, Connected} -> Connected;
    {error, NotConnected} -> Fail("Cannot reach the boot server through its tunnel", NotConnected)
end,
ok = gen_tcp:send(Tunnel, Token),
Ask = fun(Packet) ->
    ok = gen_tcp:send(Tunnel, Packet),
    receive
        {tcp, Tunnel, Answer} -> Answer;
        {tcp_closed, Tunnel} -> Lost();
        {tcp_error, Tunnel, _} -> Lost();
        {tcp_closed, _} -> Halt();
        {tcp_error, _, _} -> Halt()
    end
end,

%% Each session on a machine has a loopback address of its own, where the system has more than one.
Random = fun() -> list_to_tuple([127 | [rand:uniform(254) || _ <- [b, c, d]]]) end,
Open = fun Retry(Address, Left) ->
    case gen_udp:open(4368, [{ip, Address}, list, {active, true}]) of
        {ok, Opened} -> {Opened, Address};
        {error, eaddrnotavail} when Address =/= {127,0,0,1} -> Retry({127,0,0,1}, Left);
        {error, eaddrinuse} when Left > 0 ->
            timer:sleep(100),
            Retry(case Address of {127,0,0,1} -> Address; _ -> Random() end, Left - 1);
        {error, NotOpened} -> Fail("Cannot answer the loader on UDP port 4368", NotOpened)
    end
end,
{Udp, Ip} = Open(Random(), 100),

%% Another user of the host may connect before the loader does. Linux tells whose a socket is.
SocketText = fun({{A, B, C, D}, PortOfSocket}) ->
    <<Word:32/native>> = <<A, B, C, D>>,
    iolist_to_binary(Format("~8.16.0B:~4.16.0B", [Word, PortOfSocket]))
end,
UserOf = fun(From, To, Sockets) ->
    case binary:split(Sockets, <<From/binary, " ", To/binary, " ">>) of
        [_, After] -> lists:nth(5, string:lexemes(hd(binary:split(After, <<"\n">>)), " "));
        [_] -> unknown
    end
end,
IsOfSameUser = fun(Accepted) ->
    case {inet:sockname(Accepted), inet:peername(Accepted), file:read_file("/proc/net/tcp")} of
        {{ok, Here}, {ok, There}, {ok, Sockets}} ->
            [Ours, Theirs] = [SocketText(End) || End <- [Here, There]],
            User = UserOf(Ours, Theirs, Sockets),
            User =:= unknown orelse UserOf(Theirs, Ours, Sockets) =:= User;
        {{ok, _}, {ok, _}, {error, _}} -> true;
        _ -> false
    end
end,

%% The loader asks around for a boot server, and connects to what answers half a second later.
Self = self(),
Listen = fun() ->
    {ok, Socket} = gen_tcp:listen(0, [{ip, Ip}, {backlog, 1}, binary, {packet, 4}, {active, false}, {nodelay, true}]),
    spawn(fun Accept() ->
        {ok, Accepted} = gen_tcp:accept(Socket),
        case IsOfSameUser(Accepted) of
            true ->
                ok = gen_tcp:controlling_process(Accepted, Self),
                Self ! {accepted, Accepted};
            false ->
                gen_tcp:close(Accepted),
                Accept()
        end
    end),
    Socket
end,
Welcome = fun Wait(Listening) ->
    receive
        {udp, Udp, Asker, AskerPort, "EBOOTQ" ++ Erts} ->
            Socket = case Listening of none -> Listen(); _ -> Listening end,
            {ok, ListenPort} = inet:port(Socket),
            gen_udp:send(Udp, Asker, AskerPort, ["EBOOTR", 0, <<ListenPort:16>>, Erts]),
            Wait(Socket);
        {accepted, Accepted} ->
            gen_tcp:close(Listening),
            gen_udp:close(Udp),
            inet:setopts(Accepted, [{active, true}]),
            Accepted;
        {tcp_closed, Tunnel} -> Lost();
        {tcp_error, Tunnel, _} -> Lost()
    end
end,

%% Code that looks for what is not there, such as implementations of protocols, does so again and again.
IsMiss = fun(Answer) -> byte_size(Answer) < 64 andalso binary_to_term(Answer) =:= {get, {error, enoent}} end,
AnswerOfPlay = fun(Path, Packet, Misses) ->
    case maps:is_key(Path, Misses) orelse sets:is_element(filename:basename(Path), Own) of
        true -> {Refused(get), Misses};
        false ->
            Answer = Ask(Packet),
            Kept = case maps:size(Misses) < 10000 of true -> Misses; false -> #{} end,
            {Answer, case IsMiss(Answer) of true -> Kept#{Path => true}; false -> Misses end}
    end
end,
%% A module that is nowhere is looked for in each folder of the code path.
AnswerOfHost = fun(Command, Path) ->
    IsMissing = Command =:= get andalso filename:extension(Path) =:= ".beam"
        andalso not sets:is_element(filename:basename(Path), OfHost),
    case not IsMissing andalso IsOfHost(Path) of
        true -> term_to_binary({Command, Read(Command, Path)});
        false -> Refused(Command)
    end
end,
Answer = fun(Packet, Misses) ->
    case binary_to_term(Packet) of
        {get, "${PLAYS_FOLDER}/" ++ _ = Path} -> AnswerOfPlay(Path, Packet, Misses);
        {_, "${PLAYS_FOLDER}/" ++ _} -> {Ask(Packet), Misses};
        {Command, [_ | _] = Path} -> {AnswerOfHost(Command, Path), Misses};
        _ -> {term_to_binary({get_cwd, file:get_cwd()}), Misses}
    end
end,

Report({relay, list_to_binary(inet:ntoa(Ip))}),
Loader = Welcome(none),
(fun Serve(Misses) ->
    receive
        {tcp, Loader, Packet} ->
            {Bytes, Next} = Answer(Packet, Misses),
            case gen_tcp:send(Loader, Bytes) of ok -> Serve(Next); _ -> Halt() end;
        {tcp_closed, Tunnel} -> Lost();
        {tcp_error, Tunnel, _} -> Lost();
        {tcp_closed, Loader} -> Halt();
        {tcp_error, Loader, _} -> Halt()
    end
end)(#{}).
`;
