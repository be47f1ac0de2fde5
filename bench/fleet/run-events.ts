import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** When what happened at one host, in milliseconds since the run began. */
export interface HostTimes {
  readonly connected: number;
  /** End of its last step but those that are held, which say nothing of the controller. */
  ended: number;
}

export interface RunEvents {
  readonly hosts: readonly HostTimes[];
  /** Steps that were done as they should. */
  readonly okSteps: number;
  readonly okHosts: number;
}

interface Event {
  readonly type: string;
  readonly at: string;
  readonly host?: string;
  readonly status?: string;
  readonly step?: string;
}

/** Reads what `--output ndjson` has written. */
export async function readRunEvents(file: string, heldStep: string): Promise<RunEvents> {
  const hosts = new Map<string, HostTimes>();
  let okSteps = 0;
  let okHosts = 0;
  let started: number | undefined;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const event = JSON.parse(line) as Event;
    started ??= Date.parse(event.at);
    const at = Date.parse(event.at) - started;
    const { host = "" } = event;
    switch (event.type) {
      case "host_connected":
        hosts.set(host, { connected: at, ended: NaN });
        break;
      case "step_finished":
        if (event.status === "ok") okSteps++;
        if (event.step !== heldStep) (hosts.get(host) as HostTimes).ended = at;
        break;
      case "host_finished":
        if (event.status === "ok") okHosts++;
        break;
    }
  }
  return { hosts: [...hosts.values()], okSteps, okHosts };
}
