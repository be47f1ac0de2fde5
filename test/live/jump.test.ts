import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let bastions: [Sshd, Sshd];
let host: Sshd;
let workspace: Workspace;
let played: Played;

/** Hosts of the last sshd: two behind both bastions by the inventory, two by the ssh config. */
beforeAll(async () => {
  const started = await Promise.all(
    ["127.0.0.6", "127.0.0.7", "127.0.0.8"].map((address) => startSshd({ address })),
  );
  const [outer, inner, last] = started as [Sshd, Sshd, Sshd];
  bastions = [outer, inner];
  host = last;
  workspace = await openWorkspace({
    all: {
      hosts: {
        outer: hostOf(outer),
        inner: hostOf(inner, { fusion_jump: "outer" }),
        web1: hostOf(host, { fusion_jump: "inner" }),
        web2: hostOf(host, { fusion_jump: ["outer", "inner"] }),
        web3: hostOf(host, { fusion_host: "by-config" }),
        web4: hostOf(host, { fusion_host: "by-command" }),
        // The bastion is there, and what is behind it is not.
        web5: hostOf(host, { fusion_jump: "inner", fusion_port: 1 }),
      },
      children: { web: { hosts: { web1: null, web2: null, web3: null, web4: null, web5: null } } },
    },
  });
  await mkdir(join(workspace.home, ".ssh"));
  const known = (sshd: Sshd): string =>
    `  UserKnownHostsFile ${sshd.knownHostsFile}\n  IdentityFile ${sshd.userKeyFile}\n  User ${sshd.user}\n`;
  await writeFile(
    join(workspace.home, ".ssh/config"),
    `Host by-config
  HostName ${host.address}
  ProxyJump cfg-inner
Host by-command
  HostName ${host.address}
  ProxyCommand ssh -F ${workspace.home}/.ssh/config -W %h:%p cfg-outer
Host cfg-inner
  HostName ${inner.address}
  Port ${inner.port}
  ProxyJump cfg-outer
${known(inner)}Host cfg-outer
  HostName ${outer.address}
  Port ${outer.port}
${known(outer)}`,
  );
  // What the ssh config names is not in the inventory, and trusts what the host behind it trusts.
  await writeFile(
    host.knownHostsFile,
    (
      await Promise.all([outer, inner, host].map(({ knownHostsFile }) => readFile(knownHostsFile, "utf8")))
    ).join(""),
  );
  await workspace.write({
    "site.yml": [
      {
        hosts: "web",
        steps: [{ name: "Where", run: `:os.getenv('SSH_CONNECTION')` }],
      },
    ],
  });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await Promise.all([...bastions, host].map((sshd) => sshd.stop()));
});

test.each(["web1", "web2", "web3", "web4"])("a run plays on %s, which is behind others", (name) => {
  const { status, steps } = hostReport(played, name);
  expect(status).toBe("ok");
  expect(String(steps[0]?.result)).toContain(`${host.address} ${host.port}`);
});

test("a run tells which hop could not reach a host", () => {
  const { status, error } = hostReport(played, "web5");
  expect(status).toBe("unreachable");
  expect(error?.code).toBe("SSH_CONNECT_FAILED");
  expect(error?.message).toContain(`Cannot reach web5 (${host.address}:1) through outer, inner: `);
  expect(error?.message).toContain("Connection refused");
});
