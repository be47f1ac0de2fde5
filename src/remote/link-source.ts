/** How long a BEAM waits for us to come back after the connection was lost, in seconds. */
export const LINGER_S = 15;
/** How long nothing may be heard of us on a connection that stands; we tick at least every ten seconds. */
const SILENCE_S = 20;
/** Each side says what it has got after so many frames, and the other one forgets them. */
export const ACKNOWLEDGE_FRAMES = 64;
/** What the node says goes on in frames of at most so many bytes. */
const READ_BYTES = 256 * 1024;
/** So many frames and bytes are kept that we have not said we got; then no more is read. */
const MAX_KEPT_FRAMES = 512;
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
const MAX_FRAME_BYTES = 1024 * 1024;
/** A relay that has got so many frames has much to do: to compile it takes as long as it saves with that many. */
const BUSY_FRAMES = 64 * ACKNOWLEDGE_FRAMES;
/** How long whoever connects may keep silent. We connect while the node starts, and speak when it has registered. */
const GREETING_MS = 30_000;

/**
 * What the relay does, again and again. `In` counts what we send, `Out` what the node says; `Kept` is the part of that
 * which we may not have got, its end first.
 */
const LIVE: string = String.raw`
    receive
        {tcp, Dist, Data} ->
            gen_tcp:send(Link, [0, Data]),
            Live(Link, Dist, Lifeline, In, Out + 1, [Data | Kept]);
        {tcp, Link, [0 | Data]} ->
            gen_tcp:send(Dist, Data),
            case (In + 1) rem ${ACKNOWLEDGE_FRAMES} of
                0 -> gen_tcp:send(Link, <<1, (In + 1):64>>), In + 1 =:= ${BUSY_FRAMES} andalso (Lifeline ! busy);
                _ -> ok
            end,
            Live(Link, Dist, Lifeline, In + 1, Out, Kept);
        {tcp, Link, [1 | <<Got:64>>]} ->
            erase(parked) =:= true andalso inet:setopts(Dist, [{active, 32}]),
            Live(Link, Dist, Lifeline, In, Out, lists:sublist(Kept, Out - Got));
        {tcp, Link, [2 | _]} ->
            erlang:halt(0, [{flush, false}]);
        {tcp, Link, [3 | _]} ->
            Lifeline ! {release, self()},
            receive hang_up -> gen_tcp:close(Dist) end,
            receive released -> ok end,
            inet:setopts(Link, [{linger, {false, 0}}]),
            gen_tcp:shutdown(Link, write);
        {tcp_passive, Link} ->
            inet:setopts(Link, [{active, 32}]),
            Live(Link, Dist, Lifeline, In, Out, Kept);
        {tcp_passive, Dist} ->
            case length(Kept) < ${MAX_KEPT_FRAMES} andalso iolist_size(Kept) < ${MAX_KEPT_BYTES} of
                true -> inet:setopts(Dist, [{active, 32}]);
                false -> put(parked, true)
            end,
            Live(Link, Dist, Lifeline, In, Out, Kept);
        {tcp_closed, Link} ->
            Lifeline ! {lost, Link},
            Live(Link, Dist, Lifeline, In, Out, Kept);
        {tcp_closed, Dist} ->
            %% The node has hung up: whatever it said last shall still arrive.
            inet:setopts(Link, [{linger, {false, 0}}]),
            gen_tcp:shutdown(Link, write),
            receive after 1000 -> erlang:halt(0, [{flush, false}]) end;
        {resume, New, Answer, Got} ->
            gen_tcp:send(New, [Answer, <<In:64>>]),
            Unseen = lists:sublist(Kept, Out - Got),
            lists:foreach(fun(Data) -> gen_tcp:send(New, [0, Data]) end, lists:reverse(Unseen)),
            inet:setopts(New, [{header, 1}, {active, 32}]),
            erase(parked) =:= true andalso inet:setopts(Dist, [{active, 32}]),
            Live(New, Dist, Lifeline, In, Out, Unseen);
        {compiled, Module} ->
            Module:live(Link, Dist, Lifeline, In, Out, Kept);
        _ ->
            %% Of a connection that is no longer ours.
            Live(Link, Dist, Lifeline, In, Out, Kept)
    end
`;

/** The same as a module, for a relay that has much to do: a call takes 30 µs less then. */
const LIVE_MODULE: readonly string[] = [
  "-module(fusion_play_relay).",
  "-export([live/6]).",
  `live(Link, Dist, Lifeline, In, Out, Kept) -> ${LIVE.replaceAll("Live(", "live(")}.`,
];

const LIVE_MODULE_TEXTS: string = LIVE_MODULE.map((text) => JSON.stringify(text)).join(", ");

/** Erlang: a function that makes a relay a compiled one. It expects `Compile` to be bound. */
export const RELAY_COMPILER: string = `fun(Relay) -> Compile(Relay, [${LIVE_MODULE_TEXTS}]) end`;

/**
 * Erlang expressions that bind `LinkPort` and `Lifeline`: a port of the loopback interface through which our
 * link to the node goes, and the process that decides how long the node lives. They expect `Service` to be bound.
 *
 *     we ⇄ SSH ⇄ LinkPort ⇄ relay ⇄ distribution port of the same node
 *
 * The relay keeps what we have not said we got, so that the link outlives the SSH connection: its
 * other end, which the node sees, stays open meanwhile. What comes over a link are frames with four bytes of
 * length:
 *
 *     0, Data     the next bytes of the link
 *     1, Count:64 so many frames with data were got from the other side
 *     2           the node shall end
 *     3           the node shall live on without a link, until the next one who knows the token makes one. What runs for
 *                 our node ends; then the relay hangs up
 *
 * Whoever connects has to know `Token`, and is told a number that is to be used once. That may be while the node still
 * starts; who has proved it then waits for `{guard, Guard}`, which `Lifeline` is told when the node has its cookie:
 *
 *     relay → Nonce:16
 *           ← Own:16, md5("controller", Token, Nonce, Own):16, Received:64, Port:16, the name of our node
 *     relay → md5("host", Token, Own, Nonce):16, Received:64
 *
 * `Received` is how many frames with data that side has got; the others are sent again. `Linger` is how many seconds
 * the node lives without a connection, once it has had one.
 */
export const LINK_SOURCE: string = String.raw`
End = fun() -> erlang:halt(0, [{flush, false}]) end,

Live = fun Live(Link, Dist, Lifeline, In, Out, Kept) -> ${LIVE} end,

Linking = fun(Lifeline) ->
    receive
        {first, Link, Answer, Port} ->
            Options = [binary, {nodelay, true}, {buffer, ${READ_BYTES}}, {active, 32}],
            {ok, Dist} = gen_tcp:connect({127,0,0,1}, Port, Options, 5000),
            self() ! {resume, Link, Answer, 0},
            Live(none, Dist, Lifeline, 0, 0, [])
    end
end,

NewRelay = fun(Lifeline) ->
    Relay = spawn(fun() -> process_flag(priority, high), Linking(Lifeline) end),
    %% The code of a former one.
    erlang:module_loaded(fusion_play_relay) andalso (Relay ! {compiled, fusion_play_relay}),
    Relay
end,

%% Link is first until there was one, or after one that was given up, and none after one that was lost; Quiet counts
%% seconds.
Watching = fun Watching(Relay, Link, Heard, Quiet) ->
    receive
        {proven, New, Answer, 0, {Port, Ours}} when Link =:= first ->
            get(guard) ! {ours, Ours},
            Relay ! {first, New, Answer, Port},
            Watching(Relay, New, 0, 0);
        {proven, New, Answer, Got, _} ->
            %% The relay may be waiting for the former one to take something.
            catch erlang:port_close(Link),
            Relay ! {resume, New, Answer, Got},
            Watching(Relay, New, 0, 0);
        {lost, Link} ->
            Linger =:= 0 andalso End(),
            Watching(Relay, none, 0, 0);
        busy ->
            erlang:module_loaded(fusion_play_relay) orelse spawn(fun() -> catch (Service(relay, erl_eval:new_bindings()))(Relay) end),
            Watching(Relay, Link, Heard, Quiet);
        {relay, Asking} ->
            Asking ! {relay, Relay},
            Watching(Relay, Link, Heard, Quiet);
        {release, Relay} ->
            get(guard) ! {release, Relay, self()},
            Watching(Relay, Link, Heard, Quiet);
        {released, Relay} ->
            get(eof) =:= true andalso End(),
            Next = NewRelay(self()),
            Relay ! released,
            Watching(Next, first, 0, 0);
        eof when Link =:= first; Linger =:= 0 ->
            End();
        eof ->
            put(eof, true),
            Watching(Relay, Link, Heard, Quiet);
        check ->
            erlang:send_after(1000, self(), check),
            case is_port(Link) andalso inet:getstat(Link, [recv_cnt]) of
                {ok, [{recv_cnt, Heard}]} when Quiet >= ${SILENCE_S} -> End();
                {ok, [{recv_cnt, Heard}]} -> Watching(Relay, Link, Heard, Quiet + 1);
                {ok, [{recv_cnt, New}]} -> Watching(Relay, Link, New, 0);
                _ when Link =:= first -> Watching(Relay, Link, 0, 0);
                _ when Quiet >= Linger -> End();
                _ -> Watching(Relay, Link, Heard, Quiet + 1)
            end;
        _ ->
            Watching(Relay, Link, Heard, Quiet)
    end
end,
Lifeline = spawn(fun() ->
    %% A handshake with a node that has not got its cookie would fail, so nothing else is looked at before.
    receive
        {guard, Guard} -> put(guard, Guard);
        eof -> End()
    end,
    self() ! check,
    Watching(NewRelay(self()), first, 0, 0)
end),

Greet = fun(Link) ->
    Nonce = erlang:md5(term_to_binary({Token, make_ref(), os:timestamp()})),
    ok = gen_tcp:send(Link, Nonce),
    %% OTP needs them for the name of our node, and they take long: that is the time until we have answered.
    lists:foreach(fun code:ensure_loaded/1, [string, unicode_util]),
    {ok, <<Other:16/binary, Proof:16/binary, Got:64, Port:16, Ours/binary>>} = gen_tcp:recv(Link, 0, ${GREETING_MS}),
    Proof = erlang:md5(["controller", Token, Nonce, Other]),
    ok = inet:setopts(Link, [{packet_size, ${MAX_FRAME_BYTES}}, {linger, {true, 0}}]),
    Lifeline ! {relay, self()},
    ok = gen_tcp:controlling_process(Link, receive {relay, Relay} -> Relay end),
    Lifeline ! {proven, Link, erlang:md5(["host", Token, Other, Nonce]), Got, {Port, binary_to_atom(Ours, utf8)}}
end,
Accept = fun Accept(Listening) ->
    case gen_tcp:accept(Listening) of
        {ok, Link} ->
            Guest = spawn(fun() -> receive go -> catch Greet(Link) end end),
            gen_tcp:controlling_process(Link, Guest),
            Guest ! go,
            Accept(Listening);
        {error, closed} ->
            End();
        {error, _} ->
            receive after 100 -> Accept(Listening) end
    end
end,
%% The listening socket ends with the process that opened it.
Opening = self(),
spawn(fun() ->
    Options = [binary, {ip, {127,0,0,1}}, {packet, 4}, {packet_size, 512}, {active, false}, {nodelay, true}],
    {ok, Listening} = gen_tcp:listen(0, Options),
    Opening ! {link_port, inet:port(Listening)},
    Accept(Listening)
end),
{ok, LinkPort} = receive {link_port, ToldPort} -> ToldPort after 5000 -> none end,
`;
