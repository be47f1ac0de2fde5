import { FRAME_TYPE, MAX_DATA_BYTES, MAX_FRAME_BYTES, MAX_STREAMS, WINDOW_BYTES } from "./stdio-frame.ts";

/** What the relay says, on a line of its own, before the first frame. */
export const RELAY_READY = "fusion-play:stdio-relay";

/**
 * What a small BEAM evaluates that stands in for the forwarding of an SSH server: Erlang expressions, for every
 * OTP from 23 on. It listens on 127.0.0.1 for us, connects to ports of 127.0.0.1 that we name, and carries all
 * streams as frames over descriptors 0 and 3. It ends with its standard input.
 *
 * Each stream has a process that owns the socket and writes to it, and one that reads from it: whoever does not
 * take what is sent keeps nobody else waiting. A port is written to by all of them, and lets those wait that
 * are faster than the channel.
 */
export const STDIO_RELAY_SOURCE: string = String.raw`
logger:set_primary_config(level, none),
Halt = fun() -> erlang:halt(0, [{flush, false}]) end,
Main = self(),
process_flag(trap_exit, true),
Port = open_port({fd, 0, 3}, [binary, stream, eof]),
port_command(Port, "${RELAY_READY}\n"),
Send = fun(Type, Id, Payload) ->
    Size = 5 + iolist_size(Payload),
    port_command(Port, [<<Size:32, Type, Id:32>>, Payload])
end,
Refuse = fun(Id, Why) -> Send(${FRAME_TYPE.refused}, Id, atom_to_list(Why)) end,
Options = [binary, {active, false}, {nodelay, true}, {buffer, ${MAX_DATA_BYTES}}],

Read = fun Read(Socket, Id, Credit) ->
    Wait = case Credit < ${MAX_DATA_BYTES} of true -> infinity; false -> 0 end,
    receive
        {credit, More} -> Read(Socket, Id, Credit + More);
        closed -> Send(${FRAME_TYPE.end}, Id, [])
    after Wait ->
        case gen_tcp:recv(Socket, 0) of
            {ok, Data} ->
                Send(${FRAME_TYPE.data}, Id, Data),
                Read(Socket, Id, Credit - byte_size(Data));
            {error, _} -> Send(${FRAME_TYPE.end}, Id, [])
        end
    end
end,
%% What a socket does not take that is closed at its other end is taken here.
Write = fun Write(Socket, Id, Reader, Taken) ->
    receive
        {data, Data} ->
            gen_tcp:send(Socket, Data),
            case Taken + byte_size(Data) of
                All when All >= ${WINDOW_BYTES / 4} ->
                    Send(${FRAME_TYPE.credit}, Id, <<All:32>>),
                    Write(Socket, Id, Reader, 0);
                All -> Write(Socket, Id, Reader, All)
            end;
        finish ->
            gen_tcp:close(Socket),
            Reader ! closed
    end
end,
Stream = fun(Id, Open) ->
    Reader = spawn(fun() ->
        receive {socket, Socket} -> Read(Socket, Id, ${WINDOW_BYTES}); refused -> ok end
    end),
    Writer = spawn(fun() ->
        case Open() of
            {ok, Socket} ->
                Reader ! {socket, Socket},
                Write(Socket, Id, Reader, 0);
            {error, Why} ->
                Reader ! refused,
                Main ! {refused, Id},
                Refuse(Id, Why)
        end
    end),
    {Writer, Reader}
end,
Connect = fun(Id, To) ->
    Stream(Id, fun() ->
        case gen_tcp:connect({127,0,0,1}, To, Options, 10000) of
            {ok, Socket} -> Send(${FRAME_TYPE.opened}, Id, []), {ok, Socket};
            Error -> Error
        end
    end)
end,
Accepted = fun(Id, Tunnel) ->
    Stream(Id, fun() ->
        receive {socket, Socket} -> Send(${FRAME_TYPE.accepted}, Id, <<Tunnel:32>>), {ok, Socket} end
    end)
end,
Accept = fun Accept(Listening, Tunnel) ->
    case gen_tcp:accept(Listening) of
        {ok, Socket} ->
            Main ! {accepted, Tunnel, self()},
            receive
                {owner, Writer} ->
                    gen_tcp:controlling_process(Socket, Writer),
                    Writer ! {socket, Socket};
                too_many -> gen_tcp:close(Socket)
            end;
        {error, _} -> timer:sleep(100)
    end,
    Accept(Listening, Tunnel)
end,
Listen = fun(Tunnel) ->
    case gen_tcp:listen(0, [{ip, {127,0,0,1}}, {backlog, 64} | Options]) of
        {ok, Listening} ->
            {ok, Number} = inet:port(Listening),
            Send(${FRAME_TYPE.listening}, Tunnel, <<Number:16>>),
            Accept(Listening, Tunnel);
        {error, Why} -> Refuse(Tunnel, Why)
    end
end,

Handle = fun
    (<<${FRAME_TYPE.listen}, Id:32>>, {Streams, Tunnels, Next}) ->
        {Streams, Tunnels#{Id => spawn(fun() -> Listen(Id) end)}, Next};
    (<<${FRAME_TYPE.unlisten}, Id:32>>, {Streams, Tunnels, Next}) ->
        exit(maps:get(Id, Tunnels), kill),
        {Streams, maps:remove(Id, Tunnels), Next};
    (<<${FRAME_TYPE.connect}, Id:32, To:16>>, {Streams, Tunnels, Next}) ->
        {Streams#{Id => Connect(Id, To)}, Tunnels, Next};
    (<<Type, Id:32, Payload/binary>>, {Streams, Tunnels, Next} = State) ->
        case {Type, maps:get(Id, Streams, none)} of
            {_, none} -> State;
            {${FRAME_TYPE.data}, {Writer, _}} -> Writer ! {data, Payload}, State;
            {${FRAME_TYPE.credit}, {_, Reader}} ->
                <<More:32>> = Payload,
                Reader ! {credit, More},
                State;
            {${FRAME_TYPE.end}, {Writer, _}} -> Writer ! finish, {maps:remove(Id, Streams), Tunnels, Next}
        end
end,
%% What a terminal is sent at the end looks like a frame that is too long.
Parse = fun
    Parse(<<Size:32, _/binary>>, _) when Size > ${MAX_FRAME_BYTES} -> Halt();
    Parse(<<Size:32, Frame:Size/binary, Rest/binary>>, State) -> Parse(Rest, Handle(Frame, State));
    Parse(Rest, State) -> {Rest, State}
end,
(fun Loop({Rest, {Streams, Tunnels, Next} = State}) ->
    receive
        {Port, {data, Bytes}} -> Loop(Parse(<<Rest/binary, Bytes/binary>>, State));
        {Port, eof} -> Halt();
        {'EXIT', Port, _} -> Halt();
        {'EXIT', _, _} -> Loop({Rest, State});
        {refused, Id} -> Loop({Rest, {maps:remove(Id, Streams), Tunnels, Next}});
        {accepted, _, Acceptor} when map_size(Streams) >= ${MAX_STREAMS} ->
            Acceptor ! too_many,
            Loop({Rest, State});
        {accepted, Tunnel, Acceptor} ->
            {Writer, _} = Carried = Accepted(Next, Tunnel),
            Acceptor ! {owner, Writer},
            Loop({Rest, {Streams#{Next => Carried}, Tunnels, Next + 2}})
    end
end)({<<>>, {#{}, #{}, 2}}).
`;
