%% The link between a node and its controller: a carrier for the distribution protocol, beside the one over TCP that
%% OTP has.
%%
%%     controller <-> SSH <-> port of the link <-> relay, which is the distribution controller of the connection
%%
%% What arrives over the link is handed to the runtime system, and what that has to say goes out over the link. The
%% relay keeps what the other side has not said it got, so that the distribution connection outlives the SSH connection.
%% src/remote/link-protocol.ts tells what goes over a link.
%%
%% One compiled module is for all releases of OTP from 24 on, and some instructions are not in all of them. So there is no
%% syntax for binaries here but that of literals, state is in maps, and functions are called by their names.
-module(fusion_play_dist).

-export([start/2, ready/0, eof/0, kill/1, stop/0]).
%% What net_kernel calls: "How to Implement an Alternative Carrier for the Erlang Distribution".
-export([listen/1, listen/2, accept/1, accept_connection/5, close/1, select/1]).
%% What processes begin with, and what dist_util calls.
-export([take_links/3, guest/2, lifeline/1, acceptor/2, connection/6, relay/0, kill/2, end_programs/0]).
-export([send/2, recv/3, setopts/1, getll/1, address/2, handshake_complete/3, tick/1]).

-include_lib("kernel/include/dist_util.hrl").
-include_lib("kernel/include/net_address.hrl").

-define(DATA, 0).
-define(ACKNOWLEDGE, 1).
-define(END, 2).
-define(RELEASE, 3).

%% The controller says as often what it has got, and takes no larger frames.
-define(ACKNOWLEDGE_FRAMES, 64).
-define(MAX_FRAME_BYTES, 1024 * 1024).
-define(SILENCE_S, 20).

%% What the node says goes on in frames of at most so many bytes.
-define(FRAME_BYTES, 64 * 1024).
%% So many frames and bytes are kept that the other side has not said it got; then the node is asked for no more.
-define(MAX_KEPT_FRAMES, 512).
-define(MAX_KEPT_BYTES, 32 * 1024 * 1024).
%% How long whoever connects may keep silent, and how many may at the same time: each has a file descriptor of the node.
-define(GREETING_MS, 30000).
-define(MAX_GREETING_BYTES, 512).
-define(MAX_GUESTS, 64).
%% How long a node waits for its first controller, and for a handshake to succeed.
-define(PATIENCE_S, 60).

%% Each port program has a group of its own, whose number is its own. We begin when our standard input ends: programs that
%% processes run end after these. Standard error is that of the node, which is waited for here.
-define(END_PROGRAMS,
    "PATH=$PATH:/usr/bin:/bin; trap '' TERM; exec >/dev/null 2>&1; read end; "
    "kill -TERM \"$@\"; sleep 2; kill -KILL \"$@\"").
%% How long it may take to start that.
-define(START_MS, 1000).

%% Which process decides how long the node lives.
-define(LIFELINE, fusion_play_lifeline).

%% Takes links from now on; the processes live as long as the node. Linger is how many seconds it lives without a
%% connection, once it has had one. Gives the port.
start(Token, Linger) ->
    register(?LIFELINE, spawn(?MODULE, lifeline, [Linger])),
    Options = [binary, {ip, {127, 0, 0, 1}}, {packet, 4}, {packet_size, ?MAX_GREETING_BYTES}, {active, false}, {nodelay, true}],
    {ok, Listening} = gen_tcp:listen(0, Options),
    {ok, Port} = inet:port(Listening),
    ok = gen_tcp:controlling_process(Listening, spawn(?MODULE, take_links, [Listening, Token, []])),
    Port.

%% The node has its cookie: a handshake would have failed before.
ready() ->
    ?LIFELINE ! ready.

%% Standard input has ended: there is nobody any longer who could end the node, but over a link.
eof() ->
    is_pid(whereis(?LIFELINE)) orelse stop(),
    ?LIFELINE ! eof.

%%% What net_kernel calls

listen(Name) ->
    {ok, Host} = inet:gethostname(),
    listen(Name, Host).

listen(_Name, Host) ->
    %% Without the other carrier nobody would learn of the node.
    case is_alive() of
        true -> {ok, {?LIFELINE, address(Host), 1}};
        false -> {error, nodistribution}
    end.

accept(Lifeline) ->
    spawn_opt(?MODULE, acceptor, [self(), Lifeline], [link]).

acceptor(Kernel, Lifeline) ->
    Lifeline ! {acceptor, self()},
    announce(Kernel).

announce(Kernel) ->
    receive {connect, Relay} -> Kernel ! {accept, self(), Relay, inet, fusion_play} end,
    receive
        {Kernel, controller, Connection} -> Connection ! {self(), controller};
        {Kernel, unsupported_protocol} -> exit(unsupported_protocol)
    end,
    announce(Kernel).

accept_connection(Acceptor, Relay, Node, Allowed, SetupTime) ->
    Arguments = [self(), Acceptor, Relay, Node, Allowed, SetupTime],
    spawn_opt(?MODULE, connection, Arguments, [link, {priority, max}]).

connection(Kernel, Acceptor, Relay, Node, Allowed, SetupTime) ->
    receive {Acceptor, controller} -> ok end,
    link(Relay),
    dist_util:handshake_other_started(#hs_data{
        kernel_pid = Kernel,
        this_node = Node,
        socket = Relay,
        timer = dist_util:start_timer(SetupTime),
        this_flags = 0,
        allowed = Allowed,
        f_send = fun ?MODULE:send/2,
        f_recv = fun ?MODULE:recv/3,
        f_setopts_pre_nodeup = fun ?MODULE:setopts/1,
        f_setopts_post_nodeup = fun ?MODULE:setopts/1,
        f_getll = fun ?MODULE:getll/1,
        f_address = fun ?MODULE:address/2,
        f_handshake_complete = fun ?MODULE:handshake_complete/3,
        mf_tick = fun ?MODULE:tick/1
    }).

close(_) ->
    ok.

%% Nobody is called over it.
select(_) ->
    false.

send(Relay, Message) ->
    Size = iolist_size(Message),
    Relay ! {say, [Size bsr 8, Size band 255, Message]},
    ok.

recv(Relay, _, Timeout) ->
    Relay ! {hear, self()},
    receive {Relay, Message} -> {ok, binary_to_list(Message)} after Timeout -> {error, timeout} end.

setopts(_) ->
    ok.

getll(Relay) ->
    {ok, Relay}.

address(_, Node) ->
    [_, Host] = string:lexemes(atom_to_list(Node), "@"),
    address(Host).

address(Host) ->
    #net_address{address = {{127, 0, 0, 1}, 0}, host = Host, protocol = fusion_play, family = inet}.

handshake_complete(Relay, _, Handle) ->
    Relay ! {connected, Handle},
    ok.

tick(Relay) ->
    Relay ! {say, <<0, 0, 0, 0>>},
    ok.

%%% Who may make a link

%% Guests are those that have not proved themselves yet, the last one first.
take_links(Listening, Token, Guests) ->
    case gen_tcp:accept(Listening) of
        {ok, Link} ->
            {Guest, _} = spawn_monitor(?MODULE, guest, [Link, Token]),
            gen_tcp:controlling_process(Link, Guest),
            Guest ! go,
            take_links(Listening, Token, [Guest | few(present(Guests))]);
        {error, closed} ->
            stop();
        {error, _} ->
            receive after 100 -> take_links(Listening, Token, Guests) end
    end.

present(Guests) ->
    receive {'DOWN', _, process, Guest, _} -> present(lists:delete(Guest, Guests)) after 0 -> Guests end.

%% The one that has waited longest has to go.
few(Guests) when length(Guests) < ?MAX_GUESTS ->
    Guests;
few(Guests) ->
    exit(lists:last(Guests), kill),
    lists:droplast(Guests).

guest(Link, Token) ->
    receive go -> catch greet(Link, Token) end.

greet(Link, Token) ->
    Nonce = erlang:md5(term_to_binary({Token, make_ref(), os:timestamp()})),
    ok = gen_tcp:send(Link, Nonce),
    %% OTP needs them for the name of a node, and they take long: that is the time until we are answered.
    code:ensure_loaded(string),
    code:ensure_loaded(unicode_util),
    {ok, Greeting} = gen_tcp:recv(Link, 0, ?GREETING_MS),
    {Own, AfterOwn} = split_binary(Greeting, 16),
    {Proof, AfterProof} = split_binary(AfterOwn, 16),
    {Got, Ours} = split_binary(AfterProof, 8),
    case erlang:md5(["controller", Token, Nonce, Own]) of
        Proof ->
            ok = inet:setopts(Link, [{packet_size, ?MAX_FRAME_BYTES}, {linger, {true, 0}}]),
            ?LIFELINE ! {relay, self()},
            ok = gen_tcp:controlling_process(Link, receive {relay, Relay} -> Relay end),
            Answer = erlang:md5(["host", Token, Own, Nonce]),
            ?LIFELINE ! {proven, Link, Answer, binary:decode_unsigned(Got), binary_to_atom(Ours, utf8)};
        _ ->
            stranger
    end.

%%% How long the node lives

%% Where nobody decides any more, the node ends.
lifeline(Linger) ->
    try live(Linger) after stop() end.

live(Linger) ->
    receive ready -> ok; eof -> stop() end,
    ok = net_kernel:monitor_nodes(true, [{node_type, all}]),
    Acceptor = receive {acceptor, Pid} -> Pid; eof -> stop() after ?GREETING_MS -> stop() end,
    self() ! check,
    watch(#{
        linger => Linger,
        acceptor => Acceptor,
        relay => new_relay(),
        %% first until there was one, or after one that was given up, and none after one that was lost
        link => first,
        %% the name of the controller's node, and whether it is connected
        ours => none,
        is_up => false,
        %% whether a controller has left the node to others, and whether standard input has ended
        is_held => false,
        is_over => false,
        %% how often something came over the link, and for how many seconds nothing did
        heard => 0,
        quiet_s => 0,
        %% how long no controller was there
        waited_s => 0
    }).

new_relay() ->
    %% Binaries of messages shall go when the messages have.
    Options = [monitor, {priority, high}, {message_queue_data, off_heap}, {fullsweep_after, 0}],
    {Relay, _} = spawn_opt(?MODULE, relay, [], Options),
    Relay.

watch(#{link := Link, relay := Relay, ours := Ours, linger := Linger, acceptor := Acceptor} = State) ->
    receive
        {relay, Asking} ->
            Asking ! {relay, Relay},
            watch(State);
        {proven, New, Answer, 0, Name} when Link =:= first ->
            Acceptor ! {connect, Relay},
            Relay ! {resume, New, Answer, 0},
            watch(State#{link := New, ours := Name, is_held := false, heard := 0, quiet_s := 0, waited_s := 0});
        {proven, New, Answer, Got, _} ->
            %% The relay may be waiting for the former one to take something.
            catch erlang:port_close(Link),
            Relay ! {resume, New, Answer, Got},
            watch(State#{link := New, heard := 0, quiet_s := 0});
        {lost, Link} when Linger =:= 0 ->
            stop();
        {lost, Link} ->
            watch(State#{link := none, heard := 0, quiet_s := 0});
        {nodeup, Ours, _} ->
            watch(State#{is_up := true});
        {nodedown, Ours, _} ->
            stop();
        {release, Relay} ->
            watch(released(State));
        {'DOWN', _, process, Relay, _} ->
            stop();
        eof when Link =:= first; Linger =:= 0 ->
            stop();
        eof ->
            watch(State#{is_over := true});
        check ->
            erlang:send_after(1000, self(), check),
            watch(heard(awaited(State)));
        _ ->
            watch(State)
    end.

%% A second later.
awaited(#{is_up := false, is_held := false, waited_s := ?PATIENCE_S}) ->
    stop();
awaited(#{is_up := false, waited_s := Waited} = State) ->
    State#{waited_s := Waited + 1};
awaited(State) ->
    State.

heard(#{link := first} = State) ->
    State;
heard(#{link := none, quiet_s := Linger, linger := Linger}) ->
    stop();
heard(#{link := none, quiet_s := Quiet} = State) ->
    State#{quiet_s := Quiet + 1};
heard(#{link := Link, heard := Heard, quiet_s := Quiet} = State) ->
    case inet:getstat(Link, [recv_cnt]) of
        {ok, [{recv_cnt, Heard}]} when Quiet >= ?SILENCE_S -> stop();
        {ok, [{recv_cnt, Heard}]} -> State#{quiet_s := Quiet + 1};
        {ok, [{recv_cnt, More}]} -> State#{heard := More, quiet_s := 0};
        _ -> heard(State#{link := none, quiet_s := 0})
    end.

%% All ends that was started for the controller by now: it has a group leader there. Then the next one may come.
released(#{link := none}) ->
    %% It was lost meanwhile, and whoever left it knows of nobody else.
    stop();
released(#{relay := Relay, link := Link, ours := Ours, is_over := IsOver} = State) ->
    Relay ! hang_up,
    receive {nodedown, Ours, _} -> ok after ?PATIENCE_S * 1000 -> stop() end,
    Pids = [Pid || Pid <- processes(),
        {group_leader, Leader} <- [process_info(Pid, group_leader)], node(Leader) =:= Ours],
    in_time(kill, [Pids, Pids]) orelse stop(),
    IsOver andalso stop(),
    inet:setopts(Link, [{linger, {false, 0}}]),
    gen_tcp:close(Link),
    State#{relay := new_relay(), link := first, ours := none, is_up := false, is_held := true}.

stop() ->
    in_time(end_programs, []),
    erlang:halt(0, [{flush, false}]).

%% Ports of drivers may hang, and there may be no room for processes.
in_time(Function, Arguments) ->
    try spawn_opt(?MODULE, Function, Arguments, [monitor, {priority, high}]) of
        {_, Monitor} -> receive {'DOWN', Monitor, _, _, _} -> true after ?START_MS -> false end
    catch
        _:_ -> false
    end.

%%% Programs, which go on where the port that they belong to is closed

%% A call that nobody waits for any longer, with the programs that it runs.
kill(Call) ->
    case process_info(Call, group_leader) of
        {group_leader, Leader} -> kill([Call], maps:keys(family([Call], Leader, #{})));
        undefined -> ok
    end.

%% Processes, and the programs of their owners, which are told to end once the processes have.
kill(Pids, Owners) ->
    Ending = end_programs([Port || Owner <- Owners,
        {links, Links} <- [process_info(Owner, links)], Port <- Links, is_port(Port)]),
    [exit(Pid, kill) || Pid <- Pids],
    catch port_close(Ending).

%% Those that processes are linked to, which end with them: what a call has started has its leader.
family([Pid | Later], Leader, Known) when is_pid(Pid), node(Pid) =:= node(), not is_map_key(Pid, Known) ->
    case process_info(Pid, [group_leader, links]) of
        [{group_leader, Leader}, {links, Links}] -> family(Links ++ Later, Leader, Known#{Pid => true});
        _ -> family(Later, Leader, Known)
    end;
family([_ | Later], Leader, Known) ->
    family(Later, Leader, Known);
family([], _, Known) ->
    Known.

%% All that the node runs, but for what removes the run folder.
end_programs() ->
    Agent = {connected, whereis(fusion_play)},
    end_programs([Port || Port <- erlang:ports(), erlang:port_info(Port, connected) =/= Agent]).

end_programs(Ports) ->
    Groups = [integer_to_list(-Program) || Port <- Ports,
        {os_pid, Program} <- [erlang:port_info(Port, os_pid)], is_integer(Program)],
    case Groups of
        [] -> none;
        _ -> catch open_port({spawn_executable, "/bin/sh"}, [{args, ["-c", ?END_PROGRAMS, "fusion-play" | Groups]}])
    end.

%%% The relay

relay() ->
    process_flag(trap_exit, true),
    relay(#{
        link => none,
        %% how many frames with data were got and sent
        in => 0,
        out => 0,
        %% how many the other side has got, as it says, and the others, the last one first
        got => 0,
        kept => [],
        kept_bytes => 0,
        %% what waits for room among them, and whether we shall look for more to say
        unsent => [],
        is_more => false,
        %% what has arrived of a message, the last part first, and how much of it has to be there
        parts => [],
        have => 0,
        need => infinity,
        %% who waits for a message of the handshake
        asking => none,
        handle => none
    }).

relay(#{link := Link, in := In, unsent := Unsent} = State) ->
    receive
        {tcp, Link, [?DATA | Data]} ->
            relay(acknowledged(arrived(Data, State)));
        dist_data ->
            %% Who is about to say something shall have its turn first: then it goes in the same frame.
            process_flag(priority, normal),
            erlang:yield(),
            process_flag(priority, high),
            relay(spoken(State));
        more ->
            relay(spoken(State#{is_more := false}));
        {tcp, Link, [?ACKNOWLEDGE | Count]} ->
            relay(spoken(forgotten(binary:decode_unsigned(Count), State)));
        {tcp_passive, Link} ->
            inet:setopts(Link, [{active, 32}]),
            relay(State);
        {hear, Connection} ->
            relay(arrived(<<>>, State#{asking := Connection, need := 0}));
        {say, Bytes} ->
            relay(spoken(State#{unsent := Unsent ++ [Bytes]}));
        {connected, Handle} ->
            relay(spoken(arrived(<<>>, State#{handle := Handle, need := 0})));
        {resume, New, Answer, Got} ->
            gen_tcp:send(New, [Answer, uint64(In)]),
            inet:setopts(New, [{header, 1}, {active, 32}]),
            #{kept := Kept} = forgotten(Got, State),
            Again = lists:reverse(Kept, Unsent),
            relay(spoken(State#{link := New, got := Got, out := Got, kept := [], kept_bytes := 0, unsent := Again}));
        {tcp, Link, [?END | _]} ->
            stop();
        {tcp, Link, [?RELEASE | _]} ->
            ?LIFELINE ! {release, self()},
            receive hang_up -> ok end,
            gen_tcp:controlling_process(Link, whereis(?LIFELINE)),
            exit(released);
        {tcp_closed, Link} ->
            ?LIFELINE ! {lost, Link},
            relay(State);
        {'EXIT', Connection, _} when is_pid(Connection) ->
            %% The node has hung up: whatever it said last shall still arrive.
            inet:setopts(Link, [{linger, {false, 0}}]),
            gen_tcp:shutdown(Link, write),
            receive after 1000 -> stop() end;
        _ ->
            %% Of a connection that is no longer ours.
            relay(State)
    end.

%% What comes from the controller. Its messages have two bytes of length in the handshake, and four after it.

arrived(Data, #{parts := Parts, have := Have, need := Need, handle := Handle} = State)
        when Have + byte_size(Data) < Need ->
    %% The node takes nothing for silence that lasts, however long a message is on its way.
    put_data(Handle, <<>>),
    State#{parts := [Data | Parts], have := Have + byte_size(Data)};
arrived(Data, #{parts := []} = State) ->
    messages(Data, State);
arrived(Data, #{parts := Parts} = State) ->
    messages(iolist_to_binary(lists:reverse(Parts, [Data])), State#{parts := [], have := 0}).

messages(Bytes, #{handle := none, asking := none} = State) ->
    lacking(infinity, Bytes, State);
messages(Bytes, #{handle := none, asking := Connection} = State) ->
    case message(2, Bytes) of
        {Message, Rest} ->
            Connection ! {self(), Message},
            messages(Rest, State#{asking := none});
        Need ->
            lacking(Need, Bytes, State)
    end;
messages(Bytes, #{handle := Handle} = State) ->
    case message(4, Bytes) of
        {Message, Rest} ->
            put_data(Handle, Message),
            messages(Rest, State);
        Need ->
            lacking(Need, Bytes, State)
    end.

put_data(none, _) ->
    ok;
put_data(Handle, Data) ->
    %% It is of no use any longer where the node has hung up, of which we are told.
    catch erlang:dist_ctrl_put_data(Handle, Data).

%% The first message, and what follows it; or how many bytes it takes to know more.
message(Header, Bytes) when byte_size(Bytes) < Header ->
    Header;
message(Header, Bytes) ->
    Size = binary:decode_unsigned(binary_part(Bytes, 0, Header)),
    case byte_size(Bytes) - Header - Size of
        Left when Left >= 0 ->
            {binary_part(Bytes, Header, Size), binary_part(Bytes, Header + Size, Left)};
        _ ->
            Header + Size
    end.

lacking(Need, <<>>, State) ->
    State#{parts := [], have := 0, need := Need};
lacking(Need, Rest, State) ->
    State#{parts := [Rest], have := byte_size(Rest), need := Need}.

acknowledged(#{in := In, link := Link} = State) when (In + 1) rem ?ACKNOWLEDGE_FRAMES =:= 0 ->
    gen_tcp:send(Link, [?ACKNOWLEDGE, uint64(In + 1)]),
    State#{in := In + 1};
acknowledged(#{in := In} = State) ->
    State#{in := In + 1}.

%% What the node says: a full frame, and the next one when it is our turn again. What arrives meanwhile shall not wait
%% for the end of a long message.

spoken(#{out := Out, got := Got, kept_bytes := Bytes} = State)
        when Out - Got >= ?MAX_KEPT_FRAMES; Bytes >= ?MAX_KEPT_BYTES ->
    State;
spoken(#{unsent := [Frame | Later]} = State) ->
    Sent = sent(Frame, State#{unsent := Later}),
    case iolist_size(Frame) < ?FRAME_BYTES of
        true -> spoken(Sent);
        false -> later(Sent)
    end;
spoken(#{handle := none} = State) ->
    State;
spoken(#{handle := Handle} = State) ->
    case said(Handle, [], 0) of
        [] -> State;
        Said -> spoken(State#{unsent := frames(Said, [], 0)})
    end.

later(#{is_more := true} = State) ->
    State;
later(State) ->
    self() ! more,
    State#{is_more := true}.

%% As many messages as make up a frame, in parts. Where there are no more, we are told of the next one.
said(_, Parts, Bytes) when Bytes >= ?FRAME_BYTES ->
    lists:reverse(Parts);
said(Handle, Parts, Bytes) ->
    try erlang:dist_ctrl_get_data(Handle) of
        none ->
            erlang:dist_ctrl_get_data_notification(Handle),
            lists:reverse(Parts);
        Message ->
            Size = iolist_size(Message),
            Said = erlang:iolist_to_iovec([uint32(Size) | Message]),
            said(Handle, lists:reverse(Said, Parts), Bytes + 4 + Size)
    catch
        error:badarg -> lists:reverse(Parts)
    end.

frames([], Parts, _) ->
    [lists:reverse(Parts)];
frames([Part | Later], Parts, Bytes) when Bytes + byte_size(Part) =< ?FRAME_BYTES ->
    frames(Later, [Part | Parts], Bytes + byte_size(Part));
frames([Part | Later], Parts, Bytes) ->
    {Fits, Rest} = split_binary(Part, ?FRAME_BYTES - Bytes),
    [lists:reverse(Parts, [Fits]) | frames([Rest | Later], [], 0)].

sent(Frame, #{link := Link, out := Out, kept := Kept, kept_bytes := Bytes} = State) ->
    gen_tcp:send(Link, [?DATA, Frame]),
    State#{out := Out + 1, kept := [Frame | Kept], kept_bytes := Bytes + iolist_size(Frame)}.

forgotten(Got, #{out := Out, kept := Kept} = State) ->
    Left = lists:sublist(Kept, Out - Got),
    State#{got := Got, kept := Left, kept_bytes := iolist_size(Left)}.

uint32(Number) ->
    list_to_binary([Number bsr 24, (Number bsr 16) band 255, (Number bsr 8) band 255, Number band 255]).

uint64(Number) ->
    [uint32(Number bsr 32), uint32(Number band 16#ffffffff)].
