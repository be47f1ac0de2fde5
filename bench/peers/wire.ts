import { execFileSync } from "node:child_process";
import { joinNetworks, openNetwork, type Network } from "../../test/live/network-namespaces.ts";

/** A cable between the controller and all hosts. For root on Linux. */
export interface Wire extends AsyncDisposable {
  /** Address of the hosts. */
  readonly address: string;
  /** What starts a command on either side. */
  readonly launchers: { readonly controller: readonly string[]; readonly hosts: readonly string[] };
  /** Bytes that went over it so far, in both directions, with all headers. */
  bytes(): number;
}

/** Makes a network for the controller, one for the hosts, and a cable between them. */
export async function openWire(): Promise<Wire> {
  const controller = await openNetwork();
  const hosts = await openNetwork();
  const { address } = await joinNetworks(controller, hosts, 0);
  return {
    address,
    launchers: { controller: controller.launcher, hosts: hosts.launcher },
    bytes: () => bytesOf(controller, "far0"),
    async [Symbol.asyncDispose]() {
      await hosts[Symbol.asyncDispose]();
      await controller[Symbol.asyncDispose]();
    },
  };
}

interface Interface {
  readonly stats64: { readonly rx: { readonly bytes: number }; readonly tx: { readonly bytes: number } };
}

function bytesOf({ launcher: [program = "", ...before] }: Network, name: string): number {
  const output = execFileSync(program, [...before, "ip", "-j", "-s", "link", "show", "dev", name], {
    encoding: "utf8",
  });
  const [{ stats64 }] = JSON.parse(output) as [Interface];
  return stats64.rx.bytes + stats64.tx.bytes;
}
