import { callKey, type FunctionName } from "./function-tables.ts";

/**
 * Functions that call what their arguments name: module, function and list of arguments, one after
 * another. The keys say where the module stands, counted from 0, and how many arguments the function
 * gets before those of the list.
 */
const CALL_BY_NAME = {
  "0+0":
    "erlang:apply/3 erlang:spawn/3 erlang:spawn_link/3 erlang:spawn_monitor/3 erlang:spawn_opt/4 " +
    "erlang:spawn_request/4 erlang:hibernate/3 erlang:make_fun/3 " +
    "proc_lib:spawn/3 proc_lib:spawn_link/3 proc_lib:spawn_opt/4 proc_lib:start/3 proc_lib:start/4 " +
    "proc_lib:start/5 proc_lib:start_link/3 proc_lib:start_link/4 proc_lib:start_link/5 " +
    "proc_lib:start_monitor/3 proc_lib:start_monitor/4 proc_lib:start_monitor/5 proc_lib:hibernate/3 " +
    "timer:tc/3 timer:tc/4 rpc:multicall/3 rpc:eval_everywhere/3 " +
    "Elixir.Task:start/3 Elixir.Task:start_link/3 Elixir.Task:async/3 Elixir.Agent:start/3 " +
    "Elixir.Agent:start/4 Elixir.Agent:start_link/3 Elixir.Agent:start_link/4 Elixir.Process:spawn/4 " +
    "Elixir.Function:capture/3 Elixir.Process:hibernate/3 Elixir.Kernel:apply/3 Elixir.Kernel:spawn/3 " +
    "Elixir.Kernel:spawn_link/3 Elixir.Kernel:spawn_monitor/3",
  "1+0":
    "erlang:spawn/4 erlang:spawn_link/4 erlang:spawn_monitor/4 erlang:spawn_opt/5 erlang:spawn_request/5 " +
    "proc_lib:spawn/4 proc_lib:spawn_link/4 proc_lib:spawn_opt/5 " +
    "timer:apply_after/4 timer:apply_interval/4 timer:apply_repeatedly/4 " +
    "rpc:call/4 rpc:call/5 rpc:block_call/4 rpc:block_call/5 rpc:cast/4 rpc:async_call/4 rpc:multicall/5 " +
    "rpc:eval_everywhere/4 erpc:call/4 erpc:call/5 erpc:cast/4 erpc:multicall/4 erpc:multicall/5 " +
    "erpc:multicast/4 erpc:send_request/4 erpc:send_request/6 " +
    "Elixir.Task.Supervisor:start_child/4 Elixir.Task.Supervisor:start_child/5 " +
    "Elixir.Task.Supervisor:async/4 Elixir.Task.Supervisor:async/5 " +
    "Elixir.Task.Supervisor:async_nolink/4 Elixir.Task.Supervisor:async_nolink/5 " +
    "Elixir.Node:spawn/4 Elixir.Node:spawn/5 Elixir.Node:spawn_link/4",
  "1+1":
    "Elixir.Agent:get/4 Elixir.Agent:get/5 Elixir.Agent:update/4 Elixir.Agent:update/5 " +
    "Elixir.Agent:get_and_update/4 Elixir.Agent:get_and_update/5 Elixir.Agent:cast/4 " +
    "Elixir.Task:async_stream/4 Elixir.Task:async_stream/5",
  "2+1":
    "Elixir.Task.Supervisor:async_stream/5 Elixir.Task.Supervisor:async_stream/6 " +
    "Elixir.Task.Supervisor:async_stream_nolink/5 Elixir.Task.Supervisor:async_stream_nolink/6",
} as const;

/** Functions that tell whether the module in their first argument is there. */
const ASK_FOR_MODULE: string =
  "code:ensure_loaded/1 code:is_loaded/1 code:which/1 code:module_status/1 erlang:function_exported/3 " +
  "erlang:module_loaded/1 Elixir.Code:ensure_loaded/1 Elixir.Code:ensure_loaded?/1 " +
  "Elixir.Code:ensure_compiled/1 Elixir.Code:ensure_compiled?/1 Elixir.Code:loaded?/1";

/** What a function does with names of modules in its arguments. */
export type NamesInArguments =
  | {
      readonly type: "calls";
      /** Where the module stands, counted from 0; the function and the list of its arguments follow. */
      readonly position: number;
      /** How many arguments the called function gets besides those of the list. */
      readonly added: number;
    }
  /** It tells if the module in its first argument, or a function of it, is there. */
  | { readonly type: "asks" };

const NAMES_IN_ARGUMENTS: Map<string, NamesInArguments> = new Map();
for (const [key, functions] of Object.entries(CALL_BY_NAME)) {
  const [position = 0, added = 0] = key.split("+").map(Number);
  for (const name of functions.split(" ")) NAMES_IN_ARGUMENTS.set(name, { type: "calls", position, added });
}
for (const name of ASK_FOR_MODULE.split(" ")) NAMES_IN_ARGUMENTS.set(name, { type: "asks" });

/** Most functions are of other modules, and need no key. */
const MODULES: ReadonlySet<string> = new Set(
  Array.from(NAMES_IN_ARGUMENTS.keys(), (key) => key.slice(0, key.indexOf(":"))),
);

/** Tells what a function does with names of modules that it is given, where that is known. */
export function namesInArguments(called: FunctionName): NamesInArguments | undefined {
  return MODULES.has(called.module) ? NAMES_IN_ARGUMENTS.get(callKey(called)) : undefined;
}

/** All functions that {@linkcode namesInArguments} knows, as `module:function/arity`. */
export const KNOWN_FOR_NAMES: readonly string[] = Array.from(NAMES_IN_ARGUMENTS.keys());
