%% What the playbook calls on the hosts. Any module will do: it is compiled here and shipped as bytecode.
-module(health).
-export([check/0, collect_garbage/0]).

%% A map is what expressions can look into: health.memory_mb.
check() ->
    #{
        status => ok,
        memory_mb => erlang:memory(total) div (1024 * 1024),
        processes => erlang:system_info(process_count)
    }.

%% Answers how many processes had their garbage collected.
collect_garbage() ->
    length([Pid || Pid <- erlang:processes(), erlang:garbage_collect(Pid)]).
