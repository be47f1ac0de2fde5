import { join } from "node:path";
import { expect, test } from "vitest";

import type { HostConfig } from "../../src/ssh/host-config.ts";
import { resolveTarget, type LocalUser, type TargetSettings } from "../../src/ssh/resolve-target.ts";
import { DEFAULT_TIMEOUTS, type HostKeyPolicy, type SshTarget } from "../../src/ssh/ssh-target.ts";
import { never } from "./target-of.ts";

const localUser: LocalUser = {
  name: "ada",
  id: 1000,
  home: "/home/ada",
  hostName: "desk.example.com",
  environment: { SSH_AUTH_SOCK: "/run/agent", AGENT: "/run/other", KEYS: "/keys" },
};

async function resolve(
  settings: TargetSettings,
  found: Partial<HostConfig> = {},
  hostKeyChecking?: HostKeyPolicy["checking"],
): Promise<SshTarget & { asked: string }> {
  let asked = "";
  const config = {
    async lookup(host: string): Promise<HostConfig> {
      asked = host;
      return { identityFiles: [], ...found };
    },
  };
  const target = await resolveTarget("web1", settings, {
    config,
    signal: never(),
    localUser,
    ...(hostKeyChecking === undefined ? {} : { hostKeyChecking }),
  });
  return { ...target, asked };
}

test("resolveTarget() takes defaults, when nothing is said", async () => {
  expect(await resolve({})).toEqual({
    asked: "web1",
    name: "web1",
    address: "web1",
    port: 22,
    user: "ada",
    identities: ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => ({
      file: join("/home/ada/.ssh", name),
      required: false,
    })),
    agentSocket: "/run/agent",
    identitiesOnly: false,
    hostKeys: {
      files: [
        "/home/ada/.ssh/known_hosts",
        "/home/ada/.ssh/known_hosts2",
        "/etc/ssh/ssh_known_hosts",
        "/etc/ssh/ssh_known_hosts2",
      ],
      checking: "strict",
    },
    timeouts: DEFAULT_TIMEOUTS,
  });
});

test("resolveTarget() takes what the ssh config says", async () => {
  const target = await resolve(
    {},
    {
      hostName: "%h.example.com",
      port: 2222,
      user: "deploy",
      identityFiles: ["~/.ssh/%r@%h", "${KEYS}/%n-%p", "${NOWHERE}/key"],
      identitiesOnly: true,
      identityAgent: "$AGENT",
      userKnownHostsFiles: ["%d/known"],
      globalKnownHostsFiles: [],
      strictHostKeyChecking: "accept-new",
      hostKeyAlias: "the-web",
      connectTimeoutMs: 3000,
      proxy: "ProxyJump bastion",
    },
  );
  expect(target).toMatchObject({
    address: "web1.example.com",
    port: 2222,
    user: "deploy",
    identities: [
      { file: "/home/ada/.ssh/deploy@web1.example.com", required: false },
      { file: "/keys/web1-2222", required: false },
    ],
    identitiesOnly: true,
    agentSocket: "/run/other",
    hostKeys: { files: ["/home/ada/known"], alias: "the-web", checking: "accept-new" },
    timeouts: { connectMs: 3000, authenticateMs: DEFAULT_TIMEOUTS.authenticateMs },
    ignoredProxy: "ProxyJump bastion",
  });
});

test("resolveTarget() lets the inventory win over the ssh config", async () => {
  const target = await resolve(
    {
      port: 2200,
      user: "root",
      privateKeyFile: "/keys/100%",
      privateKeyPassphrase: "secret",
      knownHostsFile: "/known/100%",
      hostKeyChecking: "off",
    },
    {
      port: 2222,
      user: "deploy",
      identityFiles: ["~/.ssh/other"],
      strictHostKeyChecking: "accept-new",
      userKnownHostsFiles: ["~/known"],
      globalKnownHostsFiles: [],
    },
    "strict",
  );
  expect(target).toMatchObject({
    port: 2200,
    user: "root",
    identities: [{ file: "/keys/100%", passphrase: "secret", required: true }],
    hostKeys: { files: ["/known/100%"], checking: "off" },
  });
});

test("resolveTarget() asks the ssh config for the address, when the inventory has one", async () => {
  const target = await resolve({ address: "bastion-alias" }, { hostName: "10.0.0.1" });
  expect(target).toMatchObject({ asked: "bastion-alias", name: "web1", address: "10.0.0.1" });
});

test("resolveTarget() offers no key that nobody named, when a password is given", async () => {
  const target = await resolve({ password: "secret" });
  expect(target).toMatchObject({ password: "secret", identities: [] });
  expect(target).not.toHaveProperty("agentSocket");
});

test("resolveTarget() offers keys beside the password, when they were named", async () => {
  expect(await resolve({ password: "secret", privateKeyFile: "/keys/a" })).toMatchObject({
    identities: [{ file: "/keys/a" }],
    agentSocket: "/run/agent",
  });
  expect(await resolve({ password: "secret" }, { identityFiles: ["/keys/b"] })).toMatchObject({
    identities: [{ file: "/keys/b" }],
  });
});

test.each([
  ["none", undefined],
  ["SSH_AUTH_SOCK", "/run/agent"],
  ["$AGENT", "/run/other"],
  ["$NOWHERE", undefined],
  ["~/agent-%r", "/home/ada/agent-ada"],
])("resolveTarget() understands IdentityAgent %s", async (identityAgent, expected) => {
  expect((await resolve({}, { identityAgent })).agentSocket).toBe(expected);
});

test.each([
  ["off", "strict", "accept-new", "off"],
  [undefined, "accept-new", "off", "accept-new"],
  [undefined, undefined, "accept-new", "accept-new"],
  [undefined, undefined, undefined, "strict"],
] as const)(
  "resolveTarget() chooses of inventory %s, command line %s and config %s: %s",
  async (inventory, commandLine, config, expected) => {
    const target = await resolve(
      inventory === undefined ? {} : { hostKeyChecking: inventory },
      config === undefined ? {} : { strictHostKeyChecking: config },
      commandLine,
    );
    expect(target.hostKeys.checking).toBe(expected);
  },
);
