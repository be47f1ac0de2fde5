import { appendFile, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

// A machine whose kernel has no IPv6 has no ::1 to listen on; there the parsers are tested alone.
describe.runIf(hasIpv6)("hosts with an IPv6 address", () => {
  let sshd: Sshd;
  let bastion: Sshd;
  let workspace: Workspace;
  let played: Played;

  beforeAll(async () => {
    sshd = await startSshd({ address: "::1" });
    bastion = await startSshd({ address: "::1" });
    await appendFile(bastion.authorizedKeysFile, await readFile(`${sshd.userKeyFile}.pub`));
    await appendFile(sshd.knownHostsFile, await readFile(bastion.knownHostsFile));
    const { fusion_host: _host, fusion_port: _port, ...login } = hostOf(sshd);
    workspace = await openWorkspace({
      all: {
        vars: login,
        hosts: {
          plain: { fusion_host: "::1", fusion_port: sshd.port },
          ansible: { ansible_host: "::1", ansible_port: sshd.port },
          // As inventories write them: the address is the name.
          [`[::1]:${sshd.port}`]: {},
          // The hop is the host ::1 of the inventory, but for its port.
          behind: {
            fusion_host: "::1",
            fusion_port: sshd.port,
            fusion_jump: `${bastion.user}@[::1]:${bastion.port}`,
          },
          "behind-name": { fusion_host: "::1", fusion_port: sshd.port, fusion_jump: "bastion" },
          bastion: hostOf(bastion),
          nobody: { fusion_host: "::1", fusion_port: 1, fusion_connect_retries: 0 },
        },
      },
    });
    await workspace.write({
      "site.yml": [{ hosts: "all:!bastion", steps: [{ name: "Where", run: `os:getenv("SSH_CONNECTION")` }] }],
    });
    played = await workspace.play("site.yml");
  });

  afterAll(async () => {
    await workspace[Symbol.asyncDispose]();
    await sshd.stop();
    await bastion.stop();
  });

  test.each(["plain", "ansible", "::1", "behind", "behind-name"])("a run plays on %s", (name) => {
    const host = hostReport(played, name);
    expect(host.status, JSON.stringify(host.error)).toBe("ok");
    expect(String(host.steps[0]?.result)).toMatch(new RegExp(`^::1 \\d+ ::1 ${sshd.port}$`));
  });

  test("messages write the address in brackets", () => {
    expect(hostReport(played, "nobody").error?.message).toBe(
      "Cannot connect to nobody ([::1]:1): connection refused",
    );
  });
});
