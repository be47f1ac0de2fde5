/**
 * Erlang expressions that bind `Calls`: it makes calls of one function for the process that asked for
 * them, each in a process of its own, a number of them at the same time. A call that takes too long is
 * killed, and so are all when the one who asked is gone. What they print goes where it is printed for
 * that one. `Options` are those of `erlang:spawn_opt/4`.
 *
 * The answer has the exit reason of `erpc:execute_call/4` of each call, or `late`.
 */
export const AGENT_CALLS: string = String.raw`
Calls = fun({Caller, _} = From, Timeout, Most, Options, {Module, Function, Arguments}) ->
    Gone = monitor(process, Caller),
    case process_info(Caller, group_leader) of
        {group_leader, Leader} -> group_leader(Leader, self());
        undefined -> ok
    end,
    Start = fun({Index, Args}) ->
        {Pid, Ref} = spawn_opt(erpc, execute_call, [make_ref(), Module, Function, Args], [monitor | Options]),
        {Ref, {Index, Pid, erlang:send_after(Timeout, self(), {late, Ref})}}
    end,
    Run = fun Run([Next | Waiting], Running, Done) when map_size(Running) < Most ->
                {Ref, Call} = Start(Next),
                Run(Waiting, Running#{Ref => Call}, Done);
              Run([], Running, Done) when map_size(Running) =:= 0 ->
                gen_server:reply(From, [Outcome || {_, Outcome} <- lists:sort(Done)]);
              Run(Waiting, Running, Done) ->
                receive
                    {'DOWN', Gone, _, _, _} ->
                        [exit(Pid, kill) || {_, Pid, _} <- maps:values(Running)];
                    {'DOWN', Ref, _, _, Outcome} when is_map_key(Ref, Running) ->
                        {Index, _, Timer} = maps:get(Ref, Running),
                        erlang:cancel_timer(Timer),
                        Run(Waiting, maps:remove(Ref, Running), [{Index, Outcome} | Done]);
                    {late, Ref} when is_map_key(Ref, Running) ->
                        {Index, Pid, _} = maps:get(Ref, Running),
                        demonitor(Ref, [flush]),
                        exit(Pid, kill),
                        Run(Waiting, maps:remove(Ref, Running), [{Index, late} | Done]);
                    {late, _} ->
                        Run(Waiting, Running, Done)
                end
          end,
    Run(lists:zip(lists:seq(1, length(Arguments)), Arguments), #{}, [])
end,
`;
