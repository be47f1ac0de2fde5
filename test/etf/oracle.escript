#!/usr/bin/env escript
%%! -noinput +pc unicode
-mode(compile).

%% Answers requests on standard input: a packet is one letter and its argument, the answer is
%% `0` and a result, or `1` and what went wrong.
main(Paths) ->
    code:add_pathsa(Paths),
    _ = application:load(elixir),
    _ = [{ok, _} = application:ensure_all_started(elixir) || Paths =/= []],
    logger:set_primary_config(level, none),
    Port = open_port({fd, 0, 1}, [binary, {packet, 4}, eof]),
    loop(Port).

loop(Port) ->
    receive
        {Port, {data, <<Request, Argument/binary>>}} ->
            Answer = try [0, answer(Request, Argument)]
                     catch Class:Reason -> [1, io_lib:format("~0p:~0p", [Class, Reason])]
                     end,
            port_command(Port, unicode_binary(Answer)),
            loop(Port);
        {Port, eof} ->
            halt(0)
    end.

unicode_binary([Status, Answer]) when is_binary(Answer) -> [Status, Answer];
unicode_binary([Status, Answer]) -> [Status, unicode:characters_to_binary(Answer)].

%% A term, decoded and encoded again.
answer($r, Bytes) ->
    term_to_binary(binary_to_term(Bytes));
%% Whether two encodings are of the same term.
answer($q, <<Size:32, Left:Size/binary, Right/binary>>) ->
    case binary_to_term(Left) =:= binary_to_term(Right) of
        true -> <<"equal">>;
        false -> <<"different">>
    end;
%% Text of a term, as Erlang and as Elixir write it.
answer($e, Bytes) ->
    io_lib:format("~0tp", [binary_to_term(Bytes)]);
answer($x, Bytes) ->
    Options = [{limit, infinity}, {printable_limit, infinity}, {structs, false}, {charlists, as_lists}],
    'Elixir.Kernel':inspect(binary_to_term(Bytes), Options);
%% The term that text is, as Erlang and as Elixir read it.
answer($p, Text) ->
    {value, Term, _} = erl_eval:exprs(expressions([Text, "\n."]), []),
    term_to_binary(Term);
answer($P, Text) ->
    {Term, _} = 'Elixir.Code':eval_string(Text),
    term_to_binary(Term);
%% What the variables of a pattern stand for: a map from their names, or false.
answer($m, Bytes) ->
    {Pattern, Term} = binary_to_term(Bytes),
    term_to_binary(match_erlang(Pattern, Term));
answer($M, Bytes) ->
    {Pattern, Term} = binary_to_term(Bytes),
    term_to_binary(match_elixir(Pattern, Term));
%% Encodings of random terms.
answer($g, <<Seed:32, Count:32>>) ->
    rand:seed(exsss, Seed),
    term_to_binary([encoded(term(rand:uniform(4))) || _ <- lists:seq(1, Count)]).

expressions(Text) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text)),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    Expressions.

match_erlang(Pattern, Term) ->
    Expressions = expressions([Pattern, " = Fusion__Term."]),
    try erl_eval:exprs(Expressions, [{'Fusion__Term', Term}]) of
        {value, _, Bindings} ->
            maps:from_list([{atom_to_binary(Name), Value} || {Name, Value} <- Bindings, Name =/= 'Fusion__Term'])
    catch
        error:{badmatch, _} -> false
    end.

match_elixir(Pattern, Term) ->
    try 'Elixir.Code':eval_string(<<Pattern/binary, " = fusion__term">>, [{fusion__term, Term}]) of
        {_, Bindings} ->
            maps:from_list([{atom_to_binary(Name), Value} || {Name, Value} <- Bindings, Name =/= fusion__term])
    catch
        error:{badmatch, _} -> false
    end.

%% One of the ways to encode a term.
encoded(Term) ->
    Options = pick([[], [{minor_version, 1}], [{minor_version, 2}], [compressed],
                    [{compressed, 9}, {minor_version, 1}]]),
    term_to_binary(Term, Options).

term(0) -> leaf(rand:uniform(18));
term(Depth) ->
    case rand:uniform(9) of
        1 -> list_to_tuple(terms(Depth, 5));
        2 -> terms(Depth, 5);
        3 -> maps:from_list([{term(Depth - 1), term(Depth - 1)} || _ <- lists:seq(1, rand:uniform(6))]);
        4 -> terms(Depth, 3) ++ [term(Depth - 1) | leaf(rand:uniform(18))];
        5 -> closure(Depth);
        6 -> list_to_tuple(lists:duplicate(200 + rand:uniform(100), rand:uniform(3)));
        _ -> term(0)
    end.

terms(Depth, Most) -> [term(Depth - 1) || _ <- lists:seq(1, rand:uniform(Most + 1) - 1)].

closure(Depth) ->
    [First, Second] = [term(Depth - 1), term(Depth - 1)],
    pick([fun() -> First end, fun(A) -> {A, First, Second} end, fun(_, _) -> ok end]).

leaf(1) -> rand:uniform(256) - 1;
leaf(2) -> rand:uniform(1 bsl 32) - (1 bsl 31) - 1;
leaf(3) -> sign() * rand:uniform(1 bsl 64);
leaf(4) -> sign() * big(rand:uniform(5000));
leaf(5) -> sign() * pick([1 bsl 31, (1 bsl 31) - 1, 1 bsl 53, (1 bsl 53) - 1, 1 bsl 63, 1 bsl 64, big(2040), big(2048)]);
leaf(6) -> rand:normal();
leaf(7) -> <<Float:64/float>> = <<(rand:uniform(1 bsl 62) - 1):64>>, Float;
leaf(8) -> pick(['', ok, true, 'Elixir.Foo', 'a b', 'é', 'ÿ', '日本', '😀']);
leaf(9) -> list_to_atom([pick([$a, 16#e9, 16#17c, 16#65e5, 16#1f600]) || _ <- lists:seq(1, rand:uniform(255))]);
leaf(10) -> rand:bytes(rand:uniform(300) - 1);
leaf(11) -> Size = rand:uniform(60), <<(rand:uniform(1 bsl Size) - 1):Size>>;
leaf(12) -> lists:duplicate(rand:uniform(70), rand:uniform(300) - 1);
leaf(13) -> pick([self(), spawn(fun() -> ok end), remote_pid()]);
leaf(14) -> pick([make_ref(), remote_reference()]);
leaf(15) -> pick([hd(erlang:ports()), remote_port()]);
leaf(16) -> pick([fun lists:map/2, fun 'a b':'日本'/255, fun erlang:self/0]);
leaf(17) -> binary:copy(<<"text ">>, rand:uniform(100));
leaf(18) -> pick([[], {}, #{}, <<>>, 0.0, 0, -1]).

big(Bits) -> rand:uniform(1 bsl Bits).

sign() -> pick([1, -1]).

pick(List) -> lists:nth(rand:uniform(length(List)), List).

remote_pid() ->
    binary_to_term(<<131, 88, (node_name())/binary, (rand:uniform(1 bsl 28)):32, (rand:uniform(99)):32, (rand:uniform(1 bsl 30)):32>>).

remote_port() ->
    binary_to_term(pick([
        <<131, 89, (node_name())/binary, (rand:uniform(1 bsl 27)):32, (rand:uniform(1 bsl 30)):32>>,
        <<131, 120, (node_name())/binary, (rand:uniform(1 bsl 60)):64, (rand:uniform(1 bsl 30)):32>>
    ])).

remote_reference() ->
    Words = rand:uniform(5),
    Ids = << <<(rand:uniform(1 bsl 18) - 1):32>> || _ <- lists:seq(1, Words) >>,
    binary_to_term(<<131, 90, Words:16, (node_name())/binary, (rand:uniform(1 bsl 30)):32, Ids/binary>>).

node_name() -> pick([<<119, 8, "web@host">>, <<119, 10, "wéb@h.org"/utf8>>, <<119, 5, "b@a-b">>]).
