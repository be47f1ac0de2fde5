import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command, Peer, Work } from "./peer.ts";

interface Written {
  readonly plays: readonly { readonly hosts: Record<string, { readonly steps: readonly Step[] }> }[];
}
interface Step {
  readonly status: string;
  readonly result: unknown;
}

/** Each step is a call. */
export const fusionPlay: Peer = { name: "fusion-play", program: "erl", prepare };

/** The same with sessions that a run before has left. The process that holds them counts. */
export const fusionPlayWarm: Peer = {
  name: "fusion-play, warm sessions",
  program: "erl",
  prepare(work) {
    const command = prepare(work);
    // The runs of others must not find them.
    const env = { XDG_RUNTIME_DIR: work.folder };
    return { ...command, env, warmUp: [...command.args, "--keep", "10m"] };
  },
};

function prepare({ fleet, steps, folder }: Work): Command {
  const calls = Array.from({ length: steps }, (_, index) => ({
    name: `Step ${index}`,
    run: "erlang:node()",
  }));
  const site = join(folder, "site.yml");
  writeFileSync(site, JSON.stringify([{ name: "Steps", hosts: "all", steps: calls }]));
  const inventory = join(folder, "hosts.yml");
  const vars = {
    fusion_host: fleet.address,
    fusion_port: fleet.port,
    fusion_user: fleet.user,
    fusion_private_key_file: fleet.keyFile,
    fusion_known_hosts_file: fleet.knownHostsFile,
  };
  const hosts = Object.fromEntries(fleet.hosts.map((host) => [host, {}]));
  writeFileSync(inventory, JSON.stringify({ all: { hosts, vars } }));
  const report = join(folder, "report.json");
  const concurrency = fleet.hosts.length;
  return {
    args: [process.execPath, resolve("dist/cli/main.js"), site, "-i", inventory]
      .concat(["-c", String(concurrency), "--connect-concurrency", String(concurrency)])
      .concat(["--report", `json=${report}`]),
    concurrency,
    mistakeIn() {
      const played = (JSON.parse(readFileSync(report, "utf8")) as Written).plays[0]?.hosts ?? {};
      const done = Object.values(played).flatMap((host) =>
        host.steps.filter(({ status, result }) => status === "ok" && String(result).includes("@")),
      );
      const wanted = fleet.hosts.length * steps;
      return done.length === wanted ? undefined : `${done.length} of ${wanted} steps were done`;
    },
  };
}
