// What documents take for granted: the files that their commands name, and hosts behind them.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeBlocks, readDocument, ROOT } from "../../docs/markdown.ts";
import type { Sshd } from "../sshd.ts";
import { hostOf } from "../workspace.ts";
import { dayReport } from "./day-report.ts";

/** Where the commands of a document run. */
export interface Place {
  readonly folder: string;
  readonly home: string;
  readonly sshd: Sshd;
  /** Runs a script there. */
  mustRun(script: string): Promise<void>;
}

/** Makes what a document takes for granted, by the document. */
export const SURROUNDINGS: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  "docs/cli.md": surroundCli,
  "docs/inventory.md": surroundInventory,
  "docs/ci.md": surroundCi,
  "docs/typescript.md": surroundTypeScript,
  "starter/README.md": ({ mustRun }) => mustRun("fusion-play init"),
};

/** Lines are numbered in docs/cli.md: what it explains of `port` comes from these. */
const HOSTS = `all:
  children:
    web:
      hosts:
        web1:
          rack: a
          port: 80
`;
const SITE = `- name: Fleet health
  hosts: web1
  vars:
    port: 8080
  vars_files: vars/common.yml
  modules: lib/alive.erl
  steps:
    - name: Collect
      run: alive:alive()
    - name: Try another port
      vars:
        port: 9000
      assert: vars.port > 0
`;
const CONF = `- name: Configuration
  hosts: web1
  modules: lib/conf.erl
  vars: { file: "%FILE%" }
  steps:
    - name: Replace
      run: conf:set(\${{ vars.file }}, <<"port 2\\n">>)
    - name: Restart
      run: init:get_status()
`;
const FLEET = `- name: Fleet health
  hosts: all
  steps:
    - name: Collect
      eval:
        elixir: |
          memory = if(name == "lab3", do: 99, else: 15)
          %{disks: ["/", "/home"], kernel: "6.1.0-37-amd64", memory_mb: memory, status: "ok"}
        bindings: { name: "\${{ host.name }}" }
    - name: Check
      eval:
        elixir: |
          if name == "lab4", do: raise("disk is gone")
          %{status: "ok"}
        bindings: { name: "\${{ host.name }}" }
`;
const ALIVE = "-module(alive).\n-export([alive/0]).\nalive() -> node() =/= nonode@nohost.\n";
const REMOTE_HEALTH = `defmodule RemoteHealth.Disk do
  defstruct path: "/"
end

defimpl String.Chars, for: RemoteHealth.Disk do
  def to_string(disk), do: disk.path
end

defmodule RemoteHealth do
  def check, do: {:ok, %RemoteHealth.Disk{}}
end
`;
const MY_APP = "-module(my_app).\n-export([run/0]).\nrun() -> my_app_codec:encode(1).\n";
const CODEC = "-module(my_app_codec).\n-export([encode/1]).\nencode(Term) -> term_to_binary(Term).\n";
const APPLICATION =
  '{application, my_app, [{vsn, "1.0"}, {modules, [my_app, my_app_codec]}, {applications, [kernel, stdlib]}]}.\n';

async function surroundCli(place: Place): Promise<void> {
  const { folder, home, mustRun } = place;
  await copyExamples(place);
  const conf = codeBlocks(readDocument("docs/playbooks.md")).find(({ source }) =>
    source.includes("-module(conf)"),
  );
  const file = join(folder, "app.conf");
  await write(folder, {
    "hosts.yml": HOSTS,
    "site.yml": SITE,
    "conf.yml": CONF.replace("%FILE%", file),
    "fleet.yml": FLEET,
    "app.conf": "port 1\n",
    "host_vars/web1.yml": JSON.stringify(hostOf(place.sshd)),
    "group_vars/web.yml": "port: 443\n",
    "vars/common.yml": "region: north\nport: 8081\n",
    "lib/alive.erl": ALIVE,
    "lib/conf.erl": conf?.source ?? "",
    "lib/remote_health.ex": REMOTE_HEALTH,
    "lib/my_app.erl": MY_APP,
    "lib/my_app_codec.erl": CODEC,
    "ebin/my_app.app": APPLICATION,
    "monday.json": dayReport("2026-11-16T07:44:09.981Z", { kernel: "6.1.0-37", isBroken: false }),
    "tuesday.json": dayReport("2026-11-17T07:44:10.113Z", { kernel: "6.1.0-38", isBroken: true }),
  });
  await mkdir(join(home, ".config", "fish", "completions"), { recursive: true });
  await mkdir(join(home, ".asdf", "installs", "erlang"), { recursive: true });
  await mustRun(`
    erlc -o ebin lib/my_app.erl lib/my_app_codec.erl
    elixirc -o ebin lib/remote_health.ex
    mkdir -p _build/prod/lib/my_app schemas && cp -r ebin _build/prod/lib/my_app
    ln -s "$(dirname "$(dirname "$(readlink -f "$(command -v erl)")")")" ~/.asdf/installs/erlang/26.2.5
    fusion-play site.yml -i hosts.yml --report json=run.json --journal killed.journal
    fusion-play site.yml -i hosts.yml --report json=run-1.json --shard 1/2
    fusion-play site.yml -i hosts.yml --report json=run-2.json --shard 2/2
  `);
}

async function surroundInventory(place: Place): Promise<void> {
  const { home, mustRun } = place;
  await copyExamples(place);
  await surroundCi(place);
  await write(home, { ".vault-password": "open sesame\n" });
  await mkdir(join(home, ".age"));
  await mustRun("age-keygen -o ~/.age/key.txt");
}

async function surroundCi({ folder, sshd }: Place): Promise<void> {
  const names = ["web1", "web2", "web3"];
  const hosts = Object.fromEntries(names.map((name) => [name, hostOf(sshd)]));
  await write(folder, {
    "hosts.yml": JSON.stringify({ all: { hosts } }),
    "site.yml": "- name: Site\n  hosts: all\n  modules: lib/alive.erl\n  steps:\n    - run: alive:alive()\n",
    "lib/alive.erl": ALIVE,
  });
}

async function surroundTypeScript({ folder, sshd }: Place): Promise<void> {
  await cp(join(ROOT, "playbooks", "lib"), join(folder, "lib"), { recursive: true });
  await write(folder, {
    "hosts.yml": JSON.stringify({ web: { hosts: { web1: hostOf(sshd) } } }),
    "health.yml": "- hosts: all\n  steps:\n    - run: erlang:memory(total)\n",
  });
}

/** The playbooks and the inventory of the checkout, whose hosts are behind the server. */
async function copyExamples({ folder, sshd }: Place): Promise<void> {
  for (const name of ["playbooks", "inventory"])
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  for (const name of ["lab1", "lab2", "lab3", "lab4", "lab5"]) {
    await write(folder, { [`inventory/host_vars/${name}.yml`]: JSON.stringify(hostOf(sshd)) });
  }
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}
