import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";

import {
  fingerprint,
  formatKnownHost,
  hostKeyAlgorithms,
  judgeHostKey,
  knownHostsName,
  linesAbout,
  parseKnownHosts,
} from "../../src/ssh/known-hosts.ts";
import { generateKey, type KeyType } from "../live/sshd.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const publicKeys: Record<string, string> = {};

beforeAll(async () => {
  const keys: [string, KeyType][] = [
    ["one", "ed25519"],
    ["two", "ed25519"],
    ["rsa", "rsa"],
    ["ecdsa", "ecdsa"],
  ];
  for (const [name, type] of keys) {
    await generateKey(join(folder, name), type);
    publicKeys[name] = readFileSync(join(folder, `${name}.pub`), "utf8")
      .split(" ")
      .slice(0, 2)
      .join(" ");
  }
});

function text(name: string): string {
  return publicKeys[name] ?? "";
}

function blob(name: string): Buffer {
  return Buffer.from(text(name).split(" ")[1] ?? "", "base64");
}

/** Numbers of the lines that `ssh-keygen -F` finds. */
function foundBySshKeygen(name: string, file: string): number[] {
  try {
    const output = execFileSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8", stdio: "pipe" });
    return [...output.matchAll(/^# Host .* found: line (\d+)/gm)].map(([, line]) => Number(line));
  } catch (error) {
    if ((error as { status?: number }).status === 1) return []; // it found nothing
    throw error;
  }
}

const hostName = fc.constantFrom("web1", "web2", "db.example.com", "10.0.0.1", "fe80::1");
const port = fc.constantFrom(22, 2222);
const name = fc.tuple(hostName, port).map(([host, number]) => knownHostsName({ host, port: number }));
const pattern = fc.oneof(
  name,
  fc.constantFrom(
    "web*",
    "web?",
    "*.example.com",
    "*",
    "!web1",
    "!web*",
    "[web*]:2222",
    "![web1]:2222",
    "10.0.0.*",
  ),
);
const line = fc.record({
  marker: fc.constantFrom("", "", "", "@revoked "),
  names: fc.array(pattern, { minLength: 1, maxLength: 3 }).map((names) => names.join(",")),
  key: fc.constantFrom("one", "two", "rsa", "ecdsa"),
  tail: fc.constantFrom("", " a comment"),
});

test("linesAbout() finds the lines that ssh-keygen -F finds, in generated files", () => {
  const file = join(folder, "generated");
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), name, (lines, wanted) => {
      const content = lines
        .map(({ marker, names, key, tail }) => `${marker}${names} ${text(key)}${tail}\n`)
        .join("");
      writeFileSync(file, `# a comment\n\n${content}`);
      const found = linesAbout(parseKnownHosts(readFileSync(file, "utf8"), file), wanted);
      expect(found.map((one) => one.line)).toEqual(foundBySshKeygen(wanted, file));
    }),
    { numRuns: 150 },
  );
});

test("linesAbout() finds the lines that ssh-keygen -F finds, when ssh-keygen -H hashed the names", () => {
  const file = join(folder, "hashed");
  const names = ["web1", "[web1]:2222", "10.0.0.1", "[10.0.0.1]:2222", "[fe80::1]:2222"];
  writeFileSync(
    file,
    names.map((host, index) => `${host} ${text(index % 2 === 0 ? "one" : "rsa")}\n`).join(""),
  );
  copyFileSync(file, `${file}.before`);
  execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "pipe" });
  expect(readFileSync(file, "utf8")).toMatch(/^\|1\|/);

  const known = parseKnownHosts(readFileSync(file, "utf8"), file);
  for (const [index, host] of names.entries()) {
    expect(linesAbout(known, host).map((one) => one.line)).toEqual([index + 1]);
    expect(foundBySshKeygen(host, file)).toEqual([index + 1]);
  }
  expect(linesAbout(known, "web2")).toEqual([]);
});

test("parseKnownHosts() passes over lines that are broken, and keeps the others", () => {
  const content = [
    "# comment",
    "web1",
    "web1 ssh-ed25519",
    "web1 ssh-ed25519 !!!!",
    `web1 ssh-rsa ${text("one").split(" ")[1]}`, // says another type than the key is
    `@unknown web1 ${text("one")}`,
    `|2|abc|def ${text("one")}`,
    `web1 ${text("one")}\r`,
    `@cert-authority web1 ${text("two")}`,
  ].join("\n");
  const known = parseKnownHosts(content, "known_hosts");
  expect(known.map(({ line: number, marker }) => [number, marker])).toEqual([
    [8, "none"],
    [9, "cert-authority"],
  ]);
  expect(linesAbout(known, "web1").map((one) => one.line)).toEqual([8]);
});

test("parseKnownHosts() gives lines whatever the bytes are", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (content) => {
      const known = parseKnownHosts(content, "known_hosts");
      expect(linesAbout(known, "web1").length).toBeLessThanOrEqual(known.length);
    }),
  );
});

test("judgeHostKey() tells trusted, unknown, changed and revoked keys apart", () => {
  const lines = (content: string) => linesAbout(parseKnownHosts(content, "known_hosts"), "web1");
  const one = `web1 ${text("one")}\n`;
  const rsa = `web1 ${text("rsa")}\n`;
  expect(judgeHostKey(lines(rsa + one), blob("one"))).toEqual({ type: "trusted" });
  expect(judgeHostKey(lines(`web2 ${text("one")}\n`), blob("one"))).toEqual({ type: "unknown" });
  expect(judgeHostKey(lines(rsa + one), blob("two"))).toMatchObject({ type: "changed", known: { line: 2 } });
  expect(judgeHostKey(lines(`${one}@revoked * ${text("one")}\n`), blob("one"))).toMatchObject({
    type: "revoked",
    by: { line: 2 },
  });
  expect(judgeHostKey(lines(`@revoked * ${text("one")}\n`), blob("two"))).toEqual({ type: "unknown" });
});

test("judgeHostKey() says changed for a key of another type, when the host is known by one type only", () => {
  const lines = linesAbout(parseKnownHosts(`web1 ${text("rsa")}\n`, "known_hosts"), "web1");
  expect(judgeHostKey(lines, blob("one"))).toMatchObject({ type: "changed", known: { line: 1 } });
});

test("hostKeyAlgorithms() puts the types of the known keys first, and never offers SHA-1", () => {
  const lines = parseKnownHosts(`web1 ${text("rsa")}\nweb1 ${text("ecdsa")}\n`, "known_hosts");
  expect(hostKeyAlgorithms(lines)).toEqual([
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ecdsa-sha2-nistp256",
    "ssh-ed25519",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
  ]);
});

test("fingerprint() is what ssh-keygen -l prints", () => {
  for (const key of Object.keys(publicKeys)) {
    const output = execFileSync("ssh-keygen", ["-l", "-f", join(folder, `${key}.pub`)], { encoding: "utf8" });
    expect(output.split(" ")[1]).toBe(fingerprint(blob(key)));
  }
});

test("formatKnownHost() writes a line that ssh-keygen -F finds", () => {
  const file = join(folder, "formatted");
  writeFileSync(file, formatKnownHost(knownHostsName({ host: "Web1", port: 2222 }), blob("rsa")));
  expect(foundBySshKeygen("[web1]:2222", file)).toEqual([1]);
  expect(readFileSync(file, "utf8")).toBe(`[web1]:2222 ${text("rsa")}\n`);
});
