import type { Effect } from "./playbook.ts";

/** What each effect means, for those who write policies. */
export const EFFECTS: Readonly<Record<Effect, string>> = {
  "os.cmd": "runs programs: os:cmd, System.cmd, System.shell",
  open_port: "opens ports, which run programs and drivers: open_port, Port.open",
  file_write: "writes, moves or removes files and folders, or opens files for that",
  socket: "uses the network: sockets, TLS, HTTP, SSH, name lookups",
  halt: "stops or restarts the BEAM",
  nif: "loads native code: erlang:load_nif",
  on_load: "runs a function when its module is loaded",
  code_load: "compiles, evaluates, loads or removes code",
  node: "connects to other nodes, or calls and spawns there",
  dynamic: "calls functions that it chooses at run time and that may have one of the other effects",
};

/** All effects, in the order in which they are listed for people. */
export const EFFECT_NAMES: readonly Effect[] = Object.keys(EFFECTS) as Effect[];
