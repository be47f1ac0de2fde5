import { callKey, type FunctionName } from "./function-tables.ts";

/**
 * Where the arguments module, function and list of arguments stand in calls of functions that call
 * what they are told to: the position of the module, counted from 0.
 */
const MODULE_POSITION: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0:
      "erlang:apply/3 erlang:spawn/3 erlang:spawn_link/3 erlang:spawn_monitor/3 erlang:spawn_opt/4 " +
      "erlang:spawn_request/4 erlang:hibernate/3 erlang:make_fun/3 " +
      "proc_lib:spawn/3 proc_lib:spawn_link/3 proc_lib:spawn_opt/4 proc_lib:start/3 " +
      "proc_lib:start/4 proc_lib:start/5 proc_lib:start_link/3 proc_lib:start_link/4 proc_lib:start_link/5 " +
      "proc_lib:start_monitor/3 proc_lib:start_monitor/4 proc_lib:start_monitor/5 proc_lib:hibernate/3 " +
      "timer:tc/3 timer:tc/4 rpc:multicall/3 rpc:eval_everywhere/3 " +
      "Elixir.Task:start/3 Elixir.Task:start_link/3 Elixir.Task:async/3 Elixir.Agent:start/3 " +
      "Elixir.Agent:start/4 Elixir.Agent:start_link/3 Elixir.Agent:start_link/4 Elixir.Process:spawn/4 " +
      "Elixir.Function:capture/3",
    1:
      "erlang:spawn/4 erlang:spawn_link/4 erlang:spawn_monitor/4 erlang:spawn_opt/5 erlang:spawn_request/5 " +
      "proc_lib:spawn/4 proc_lib:spawn_link/4 proc_lib:spawn_opt/5 " +
      "timer:apply_after/4 timer:apply_interval/4 timer:apply_repeatedly/4 " +
      "rpc:call/4 rpc:call/5 rpc:block_call/4 rpc:block_call/5 rpc:cast/4 rpc:async_call/4 rpc:multicall/5 " +
      "rpc:eval_everywhere/4 erpc:call/4 erpc:call/5 erpc:cast/4 erpc:multicall/4 erpc:multicall/5 " +
      "erpc:multicast/4 erpc:send_request/4 erpc:send_request/6 " +
      "Elixir.Task.Supervisor:start_child/4 Elixir.Task.Supervisor:start_child/5 " +
      "Elixir.Task.Supervisor:async/4 Elixir.Task.Supervisor:async/5 " +
      "Elixir.Task.Supervisor:async_nolink/4 Elixir.Task.Supervisor:async_nolink/5 " +
      "Elixir.Agent:get/4 Elixir.Agent:get/5 Elixir.Agent:update/4 Elixir.Agent:update/5 " +
      "Elixir.Agent:get_and_update/4 Elixir.Agent:get_and_update/5 Elixir.Agent:cast/4 " +
      "Elixir.Node:spawn/4 Elixir.Node:spawn/5 Elixir.Node:spawn_link/4",
  }).flatMap(([position, functions]) => functions.split(" ").map((key) => [key, Number(position)] as const)),
);

/** Functions that tell whether the module in their first argument is there. */
const ASKS_FOR_MODULE: ReadonlySet<string> = new Set([
  "code:ensure_loaded/1",
  "code:is_loaded/1",
  "code:which/1",
  "code:module_status/1",
  "erlang:function_exported/3",
  "erlang:module_loaded/1",
  "Elixir.Code:ensure_loaded/1",
  "Elixir.Code:ensure_loaded?/1",
  "Elixir.Code:ensure_compiled/1",
  "Elixir.Code:ensure_compiled?/1",
  "Elixir.Code:loaded?/1",
]);

/**
 * Tells of a function that calls what its arguments name where these begin: module, function and
 * the list of arguments (of `make_fun` and `capture` the arity).
 */
export function namedArgumentsOf(called: FunctionName): number | undefined {
  return MODULE_POSITION.get(callKey(called));
}

/** Whether a function tells if the module in its first argument, or a function of it, is there. */
export function asksForModule(called: FunctionName): boolean {
  return ASKS_FOR_MODULE.has(callKey(called));
}

/** All functions of the tables, as `module:function/arity`. */
export const FUNCTIONS_BY_NAME: readonly string[] = [...MODULE_POSITION.keys(), ...ASKS_FOR_MODULE];
