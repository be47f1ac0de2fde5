import type { Effect } from "../playbook/playbook.ts";

/** An effect that comes with the call of a function. */
export type CallEffect = Exclude<Effect, "on_load" | "dynamic">;

/**
 * The functions of Erlang and Elixir that have each effect: a module, and names of its functions, with
 * an arity where only this one has the effect.
 */
export const EFFECT_TABLE: Readonly<Record<CallEffect, Readonly<Record<string, string>>>> = {
  "os.cmd": {
    os: "cmd",
    "Elixir.System": "cmd shell",
  },
  open_port: {
    erlang: "open_port",
    erl_ddll: "load load_driver reload reload_driver try_load",
    "Elixir.Port": "open",
  },
  file_write: {
    file:
      "open path_open write write_file pwrite copy copy_opened truncate allocate rename delete del_dir " +
      "del_dir_r make_dir make_link make_symlink change_mode change_owner change_group change_time " +
      "write_file_info raw_write_file_info",
    prim_file:
      "open write write_file pwrite copy truncate allocate rename delete del_dir make_dir make_link " +
      "make_symlink write_file_info",
    filelib: "ensure_dir ensure_path",
    ets: "tab2file",
    dets: "open_file",
    disk_log: "open",
    erl_tar: "create extract open",
    zip: "zip unzip create extract zip_open openzip_open",
    compile: "file noenv_file",
    "Elixir.File":
      "write write! open/2 open/3 open!/2 open!/3 stream! touch touch! mkdir mkdir! mkdir_p mkdir_p! rm rm! " +
      "rm_rf rm_rf! rmdir rmdir! cp cp! cp_r cp_r! copy copy! rename rename! ln ln! ln_s ln_s! chmod chmod! " +
      "chown chown! chgrp chgrp! write_stat write_stat!",
  },
  socket: {
    gen_tcp: "connect listen accept send recv fdopen",
    gen_udp: "open connect send recv fdopen",
    gen_sctp: "open connect connect_init listen send recv",
    socket: "open bind connect listen accept send sendto sendmsg sendfile recv recvfrom recvmsg",
    ssl: "connect listen transport_accept handshake send recv",
    inet: "getaddr getaddrs gethostbyname gethostbyaddr open open_bind fdopen",
    inet_res: "resolve lookup getbyname gethostbyname gethostbyaddr nslookup nnslookup",
    httpc: "request",
    httpd: "start_service",
    inets: "start/2 start/3",
    ftp: "open start_service",
    tftp: "start read_file write_file",
    ssh: "connect daemon shell tcpip_tunnel_to_server tcpip_tunnel_from_server",
    eldap: "open",
  },
  halt: {
    erlang: "halt",
    init: "stop reboot restart boot",
    c: "q",
    "Elixir.System": "halt stop restart",
  },
  nif: {
    erlang: "load_nif",
  },
  code_load: {
    code:
      "load_binary load_file load_abs atomic_load prepare_loading finish_loading add_path add_patha add_pathz " +
      "add_paths add_pathsa add_pathsz set_path replace_path del_path purge soft_purge delete unstick_dir unstick_mod",
    erlang: "load_module prepare_loading finish_loading purge_module delete_module",
    compile: "file forms noenv_file noenv_forms",
    erl_eval: "expr exprs expr_list eval_str",
    file: "eval path_eval script path_script",
    c: "c l nl nc lc",
    "Elixir.Code":
      "eval_string eval_quoted eval_quoted_with_env eval_file compile_string compile_quoted compile_file " +
      "require_file load_file append_path prepend_path delete_path append_paths prepend_paths",
    "Elixir.Module": "create eval_quoted",
    // What a `defmodule` inside of a function calls.
    elixir_module: "compile",
    "Elixir.EEx": "eval_string eval_file",
    "Elixir.Kernel.ParallelCompiler": "compile compile_to_path require files files_to_path",
  },
  node: {
    erlang:
      "spawn/2 spawn/4 spawn_link/2 spawn_link/4 spawn_monitor/2 spawn_monitor/4 spawn_opt/3 spawn_opt/5 " +
      "spawn_request/5 set_cookie disconnect_node monitor_node",
    rpc:
      "call block_call cast async_call multicall eval_everywhere abcast sbcast multi_server_call " +
      "server_call parallel_eval pmap",
    erpc: "call cast multicall multicast send_request",
    net_kernel: "start stop connect_node hidden_connect_node allow set_net_ticktime",
    net_adm: "ping ping_list world world_list names",
    slave: "start start_link pseudo",
    peer: "start start_link call cast send",
    auth: "set_cookie",
    "Elixir.Node": "connect disconnect ping monitor spawn spawn_link spawn_monitor start stop set_cookie",
  },
};
