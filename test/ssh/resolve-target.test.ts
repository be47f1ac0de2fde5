import { join } from "node:path";
import { expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
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
    route: { type: "direct" },
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
      proxyCommand: "nc %h %p # %n %r 100%%",
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
    route: { type: "command", command: "nc web1.example.com 2222 # web1 deploy 100%" },
  });
});

test("resolveTarget() lets the inventory win over the ssh config", async () => {
  const target = await resolve(
    {
      port: 2200,
      user: "root",
      privateKeyFile: "/keys/100%",
      privateKeyPassphrase: secret("secret"),
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
    identities: [{ file: "/keys/100%", passphrase: secret("secret"), required: true }],
    hostKeys: { files: ["/known/100%"], checking: "off" },
  });
});

test("resolveTarget() asks the ssh config for the address, when the inventory has one", async () => {
  const target = await resolve({ address: "bastion-alias" }, { hostName: "10.0.0.1" });
  expect(target).toMatchObject({ asked: "bastion-alias", name: "web1", address: "10.0.0.1" });
});

test("resolveTarget() offers no key that nobody named, when a password is given", async () => {
  const target = await resolve({ password: secret("secret") });
  expect(target).toMatchObject({ identities: [] });
  expect(target.password?.reveal()).toBe("secret");
  expect(target).not.toHaveProperty("agentSocket");
});

test("resolveTarget() offers keys beside the password, when they were named", async () => {
  expect(await resolve({ password: secret("secret"), privateKeyFile: "/keys/a" })).toMatchObject({
    identities: [{ file: "/keys/a" }],
    agentSocket: "/run/agent",
  });
  expect(await resolve({ password: secret("secret") }, { identityFiles: ["/keys/b"] })).toMatchObject({
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

/** Resolves with a config that knows several hosts. */
async function resolveAmong(
  hosts: Readonly<Record<string, Partial<HostConfig>>>,
  name: string,
  settings: TargetSettings = {},
): Promise<SshTarget> {
  const config = {
    lookup: async (host: string): Promise<HostConfig> => ({ identityFiles: [], ...hosts[host] }),
  };
  return await resolveTarget(name, settings, { config, signal: never(), localUser });
}

/** `user@address:port` of all hosts on the way, the one next to us first, and of the target. */
function wayTo({ route, user, address, port }: SshTarget): string[] {
  const self = `${user}@${address}:${port}`;
  return route.type === "jump" ? [...wayTo(route.through), self] : [self];
}

test("resolveTarget() follows ProxyJump over several hops, the first of which has one of its own", async () => {
  const target = await resolveAmong(
    {
      web1: { proxyJump: "gate,ops@[::1]:2222" },
      gate: { hostName: "gate.example.com", user: "guard", proxyJump: "outer" },
      // Reached from gate, whatever it says itself.
      "::1": { proxyJump: "elsewhere", port: 2200 },
    },
    "web1",
  );
  expect(wayTo(target)).toEqual(["ada@outer:22", "guard@gate.example.com:22", "ops@::1:2222", "ada@web1:22"]);
});

test("resolveTarget() lets the jump of the inventory win over the ssh config, none included", async () => {
  const hosts = { web1: { proxyJump: "gate" }, web2: { proxyCommand: "false" } };
  expect(wayTo(await resolveAmong(hosts, "web1", { jump: [] }))).toEqual(["ada@web1:22"]);
  expect((await resolveAmong(hosts, "web2", { jump: [] })).route).toEqual({ type: "direct" });
  const jump = [{ name: "b", connection: { address: "10.0.0.9", user: "ops", password: secret("secret") } }];
  const target = await resolveAmong(hosts, "web1", { jump });
  expect(wayTo(target)).toEqual(["ops@10.0.0.9:22", "ada@web1:22"]);
  expect(target).not.toHaveProperty("password");
});

test("resolveTarget() gives hops of the ssh config the trust of the host behind them, and no key of its", async () => {
  const { route } = await resolveAmong({ web1: { proxyJump: "gate" } }, "web1", {
    knownHostsFile: "/known",
    hostKeyChecking: "accept-new",
    privateKeyFile: "/keys/web1",
    password: secret("secret"),
  });
  const gate = route.type === "jump" ? route.through : undefined;
  expect(gate?.hostKeys).toMatchObject({ checking: "accept-new" });
  expect(gate?.hostKeys.files[0]).toBe("/known");
  expect(gate).not.toHaveProperty("password");
  expect(gate?.identities.map(({ file }) => file)).not.toContain("/keys/web1");
});

test("resolveTarget() refuses hosts that jump through each other without an end", async () => {
  const hosts = { web1: { proxyJump: "a" }, a: { proxyJump: "b" }, b: { proxyJump: "a" } };
  await expect(resolveAmong(hosts, "web1")).rejects.toMatchObject({
    code: "SSH_CONFIG_INVALID",
    message: expect.stringContaining("ada@a:22 through ada@b:22 through ada@a:22") as string,
  });
});

test.each([
  ["nc %x", 'unknown token "%x"'],
  ["nc 100%", 'unknown token "%"'],
])("resolveTarget() refuses the ProxyCommand %s", async (proxyCommand, problem) => {
  await expect(resolveAmong({ web1: { proxyCommand } }, "web1")).rejects.toMatchObject({
    code: "SSH_CONFIG_INVALID",
    message: expect.stringContaining(problem) as string,
  });
});

test.each(["$(id)", "-oProxyCommand", "a b", "a;b", "`id`"])(
  "resolveTarget() gives a ProxyCommand no user that a shell would act on: %s",
  async (user) => {
    const hosts = { web1: { proxyCommand: "nc %r@%h" } };
    await expect(resolveAmong(hosts, "web1", { user })).rejects.toMatchObject({ code: "SSH_CONFIG_INVALID" });
  },
);

test.each([
  [{}, undefined, undefined],
  [{}, "yes", "/run/agent"],
  [{}, "no", undefined],
  [{}, "$AGENT", "/run/other"],
  [{}, "~/agent", "/home/ada/agent"],
  [{ forwardAgent: false }, "yes", undefined],
  [{ forwardAgent: true }, undefined, "/run/agent"],
] as const)(
  "resolveTarget() with %j and ForwardAgent %s forwards %s",
  async (settings, forwardAgent, expected) => {
    const target = await resolve(settings, forwardAgent === undefined ? {} : { forwardAgent });
    expect(target.forwardedAgent).toBe(expected);
  },
);

test("resolveTarget() takes the number of tries from the inventory or ConnectionAttempts", async () => {
  expect(await resolve({})).not.toHaveProperty("retries");
  expect((await resolve({}, { connectionAttempts: 4 })).retries).toBe(3);
  expect((await resolve({ connectRetries: 0 }, { connectionAttempts: 4 })).retries).toBe(0);
});

test("resolveTarget() takes algorithms, addresses and times from the ssh config, as far as they are supported", async () => {
  const target = await resolve(
    {},
    {
      algorithms: {
        Ciphers: "aes256-gcm@openssh.com,rot13,aes*-ctr",
        KexAlgorithms: "-ecdh-*",
        MACs: "^hmac-sha2-512",
      },
      bindAddress: "10.0.0.9",
      family: 4,
      keepaliveMs: 7000,
      certificateFiles: ["~/cert"],
    },
  );
  expect(target).toMatchObject({
    bindAddress: "10.0.0.9",
    family: 4,
    timeouts: { ...DEFAULT_TIMEOUTS, keepaliveMs: 7000 },
    certificateFiles: ["~/cert"],
  });
  const { Ciphers, KexAlgorithms, MACs } = target.algorithms ?? {};
  expect(Ciphers).toEqual(["aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"]);
  expect(KexAlgorithms?.[0]).toBe("curve25519-sha256@libssh.org");
  expect(KexAlgorithms?.filter((name) => name.startsWith("ecdh"))).toEqual([]);
  expect(MACs?.[0]).toBe("hmac-sha2-512");
  expect(MACs).toContain("hmac-sha2-256");
});

test("resolveTarget() refuses algorithms of which none is supported, and names those that are", async () => {
  await expect(
    resolve({}, { algorithms: { KexAlgorithms: "sntrup761x25519-sha512@openssh.com" } }),
  ).rejects.toMatchObject({
    code: "SSH_CONFIG_INVALID",
    message:
      'Cannot connect to "web1": KexAlgorithms of the ssh config allows nothing that is supported here',
    hint: expect.stringContaining("curve25519-sha256") as string,
  });
});
