import { execFileSync } from "node:child_process";

/** The port of this machine that a BEAM listens on for distribution, besides the one for links. */
export function distributionPort(pid: string, linkPort: number): number {
  const listening = execFileSync("ss", ["-Hltnp"], { encoding: "utf8" }).split("\n");
  const ports = listening
    .filter((line) => line.includes(`pid=${pid},`))
    .flatMap((line) => /127\.0\.0\.1:(\d+)\s/.exec(line)?.[1] ?? [])
    .map(Number)
    .filter((port) => port !== linkPort);
  const [port] = ports;
  if (port === undefined || ports.length > 1) throw new Error("The BEAM does not listen on one more port");
  return port;
}
