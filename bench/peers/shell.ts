import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { countMistake, type Peer, sshConfig } from "./peer.ts";

/** A line of a shell that does one step on all hosts, and prints `done` for each of them. */
type StepCommand = (concurrency: number, config: string, hosts: string) => string;

/** Each step is the command `true`, in a new process for all hosts. */
function peerOf(
  { name, program, package: debianPackage }: Pick<Peer, "name" | "program" | "package">,
  keeps: boolean,
  step: StepCommand,
): Peer {
  return {
    name,
    program,
    ...(debianPackage === undefined ? {} : { package: debianPackage }),
    prepare({ fleet, steps, folder }) {
      const config = join(folder, "ssh_config");
      writeFileSync(config, sshConfig(fleet, keeps ? folder : undefined));
      const hosts = join(folder, "hosts");
      writeFileSync(hosts, `${fleet.hosts.join("\n")}\n`);
      const concurrency = fleet.hosts.length;
      return {
        args: [
          "sh",
          "-c",
          `for step in $(seq ${steps}); do ${step(concurrency, config, hosts)} || exit 1; done`,
        ],
        concurrency,
        mistakeIn: (output) => countMistake(output, /\bdone\b/g, fleet.hosts.length * steps),
      };
    },
  };
}

const REMOTE = "'true && echo done'";

const ssh: StepCommand = (concurrency, config, hosts) =>
  `xargs -P ${concurrency} -I {} ssh -F ${config} {} ${REMOTE} < ${hosts}`;

export const openSsh: Peer = peerOf({ name: "OpenSSH", program: "ssh" }, false, ssh);

export const openSshMultiplexed: Peer = peerOf({ name: "OpenSSH, multiplexed", program: "ssh" }, true, ssh);

/** What a cold run cannot be faster than: Node.js that starts, and `erl` that a new connection starts. */
export const floor: Peer = peerOf(
  { name: "node -e 0, ssh erl halt", program: "ssh" },
  false,
  (concurrency, config, hosts) =>
    `${process.execPath} -e 0 && xargs -P ${concurrency} -I {} ssh -F ${config} {} ` +
    `"erl -noshell -eval 'io:put_chars(\\"done\\n\\"), halt().'" < ${hosts}`,
);

export const clusterShell: Peer = peerOf(
  { name: "ClusterShell", program: "clush", package: "clustershell" },
  true,
  (concurrency, config, hosts) =>
    `clush -S -L -f ${concurrency} --hostfile ${hosts} -o "-F ${config}" ${REMOTE}`,
);

export const parallelSsh: Peer = peerOf(
  { name: "pssh", program: "parallel-ssh", package: "pssh" },
  true,
  (concurrency, config, hosts) => `parallel-ssh -i -p ${concurrency} -h ${hosts} -x "-F ${config}" ${REMOTE}`,
);
