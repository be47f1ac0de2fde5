/** So many calls in one message are worth compiling for: that takes the host as long as to interpret a thousand of them. */
const MANY_CALLS = 1000;

/**
 * What makes the calls, again and again, until it answers. `Waiting` are those that are still to be made, `Running` the
 * others by their monitors, and `Done` what became of them, each with its number.
 */
const RUN: string = String.raw`
    {From, Gone, Timeout, Most, Options, Module, Function} = Job,
    case Waiting of
        [{Index, Args} | Later] when map_size(Running) < Most ->
            {Pid, Ref} = spawn_opt(erpc, execute_call, [make_ref(), Module, Function, Args], [monitor | Options]),
            Call = {Index, Pid, erlang:send_after(Timeout, self(), {late, Ref})},
            Run(Later, Running#{Ref => Call}, Done, Job);
        [] when map_size(Running) =:= 0 ->
            gen_server:reply(From, [Outcome || {_, Outcome} <- lists:sort(Done)]);
        _ ->
            receive
                {'DOWN', Gone, _, _, _} ->
                    [fusion_play_dist:kill(Pid) || {_, Pid, _} <- maps:values(Running)];
                {'DOWN', Ref, _, _, Outcome} when is_map_key(Ref, Running) ->
                    {Index, _, Timer} = maps:get(Ref, Running),
                    erlang:cancel_timer(Timer),
                    Run(Waiting, maps:remove(Ref, Running), [{Index, Outcome} | Done], Job);
                {late, Ref} when is_map_key(Ref, Running) ->
                    {Index, Pid, _} = maps:get(Ref, Running),
                    demonitor(Ref, [flush]),
                    fusion_play_dist:kill(Pid),
                    Run(Waiting, maps:remove(Ref, Running), [{Index, late} | Done], Job);
                {late, _} ->
                    Run(Waiting, Running, Done, Job);
                {compiled, Compiled} ->
                    Compiled:run(Waiting, Running, Done, Job)
            end
    end
`;

/** The same as a module. */
const RUN_MODULE: readonly string[] = [
  "-module(fusion_play_calls).",
  "-export([run/4]).",
  `run(Waiting, Running, Done, Job) -> ${RUN.replaceAll(/\bRun\(/g, "run(")}.`,
];

const RUN_MODULE_TEXTS: string = RUN_MODULE.map((text) => JSON.stringify(text)).join(", ");

/**
 * Erlang expressions that bind `Calls`: it makes calls of one function for the process that asked for
 * them, each in a process of its own, a number of them at the same time. A call that takes too long is
 * killed, and so are all when the one who asked is gone. What they print goes where it is printed for
 * that one. `Options` are those of `erlang:spawn_opt/4`.
 *
 * The answer has the exit reason of `erpc:execute_call/4` of each call, or `late`.
 *
 * Where there are many, it compiles itself meanwhile, with `Compile`, which is expected to be bound, and goes on as a module.
 */
export const AGENT_CALLS: string = String.raw`
Calls = fun({Caller, _} = From, Timeout, Most, Options, {Module, Function, Arguments}) ->
    Gone = monitor(process, Caller),
    Asking = self(),
    case erlang:module_loaded(fusion_play_calls) of
        true -> Asking ! {compiled, fusion_play_calls};
        false when length(Arguments) >= ${MANY_CALLS} ->
            spawn(fun() -> catch Compile(Asking, [${RUN_MODULE_TEXTS}]) end);
        false -> ok
    end,
    case process_info(Caller, group_leader) of
        {group_leader, Leader} -> group_leader(Leader, self());
        undefined -> ok
    end,
    Run = fun Run(Waiting, Running, Done, Job) -> ${RUN} end,
    Job = {From, Gone, Timeout, Most, Options, Module, Function},
    Run(lists:zip(lists:seq(1, length(Arguments)), Arguments), #{}, [], Job)
end,
`;
