import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { provideRuntime } from "../../src/remote/provide-runtime.ts";
import type { Bundle } from "../../src/runtime/bundle.ts";
import { cksum } from "../../src/runtime/cksum.ts";
import { writeTar } from "../../src/runtime/tar.ts";
import type { SshConnection } from "../../src/ssh/ssh-connection.ts";
import { pathOfTool } from "./path-of-tool.ts";

const SYSTEM = { system: "Linux", machine: "x86_64", libc: "glibc 2.36" };

let home: string;
let path: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "provide-"));
  path = process.env["PATH"] ?? "";
});

afterEach(() => rm(home, { recursive: true }));

/** A bundle whose `erl` is a script. */
function bundleOf(erl: string): Bundle {
  const bytes = gzipSync(
    writeTar([
      { path: "otp", content: undefined, mode: 0o755 },
      { path: "otp/bin", content: undefined, mode: 0o755 },
      { path: "otp/bin/erl", content: Buffer.from(erl), mode: 0o755 },
      // More than is sent at once.
      { path: "otp/rest", content: Buffer.concat(Array.from({ length: 20_000 }, noise)), mode: 0o644 },
    ]),
  );
  return {
    file: "otp.tar.gz",
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    cksum: `${cksum(bytes)} ${bytes.byteLength}`,
    manifest: {
      format: 1,
      otp: "25",
      erts: "13",
      machine: "x86_64",
      libc: "glibc",
      libc_version: null,
      applications: {},
      libraries: [],
    },
  };
}

function noise(_: unknown, index: number): Uint8Array {
  return createHash("sha256").update(String(index)).digest();
}

const WORKS = "#!/bin/sh\nexit 0\n";

/** Runs commands here as sshd does there; `onWrite` sees how much was written, and `onText` what is said. */
function host({
  onWrite = () => {},
  onText = () => {},
}: { onWrite?: (bytes: number) => void; onText?: (text: string) => void } = {}): SshConnection {
  return {
    exec: async (command: string) => {
      const child = spawn("/bin/sh", ["-c", command], { env: { HOME: home, PATH: path }, detached: true });
      child.stdin.on("error", () => {}); // one that has ended reads nothing
      let written = 0;
      return {
        stdio: {
          listen: ({ onBytes, onEnd }: { onBytes(chunk: Uint8Array): void; onEnd(): void }) => {
            child.stdout.on("data", (chunk: Uint8Array) => {
              onText(Buffer.from(chunk).toString());
              onBytes(chunk);
            });
            child.stdout.on("end", onEnd);
          },
          write: (chunk: Uint8Array) => {
            child.stdin.write(chunk);
            onWrite((written += chunk.byteLength));
          },
          get queuedBytes() {
            return child.stdin.destroyed ? 0 : child.stdin.writableLength;
          },
          close: () => void child.stdin.end(),
        },
        onStderr: (listener: (chunk: Uint8Array) => void) => void child.stderr.on("data", listener),
        exited: new Promise((resolve) =>
          child.once("close", (code, signal) => resolve(code === null ? { signal: signal ?? "" } : { code })),
        ),
      };
    },
    closed: new Promise(() => {}),
  } as unknown as SshConnection;
}

async function kept(): Promise<string[]> {
  return readdir(join(home, ".cache", "fusion-play")).catch(() => []);
}

async function provide(bundle: Bundle, ssh: SshConnection = host()): Promise<void> {
  await provideRuntime(ssh, { bundle, host: "web1", system: SYSTEM, signal: AbortSignal.timeout(60_000) });
}

test("provideRuntime() places a bundle by its hash, several at once and again as well", async () => {
  const bundle = bundleOf(WORKS);
  await Promise.all([provide(bundle), provide(bundle), provide(bundle)]);
  await provide(bundle);
  expect(await kept()).toEqual([`otp-${bundle.sha256}`]);
  const placed = await readdir(join(home, ".cache", "fusion-play", `otp-${bundle.sha256}`));
  expect(placed.toSorted()).toEqual(["bin", "rest"]);
});

/** A host that takes everything at once, and says what it is told to say. */
function sayingHost(): { ssh: SshConnection; say: (text: string) => void; input: { bytes: number } } {
  const input = { bytes: 0 };
  let listener: { onBytes(chunk: Uint8Array): void; onEnd(): void } | undefined;
  let end: (exit: { signal: string }) => void = () => {};
  const exited = new Promise((resolve) => (end = resolve));
  const ssh = {
    exec: async () => ({
      stdio: {
        listen: (given: typeof listener) => (listener = given),
        write: (chunk: Uint8Array) => (input.bytes += chunk.byteLength),
        queuedBytes: 0,
        close: () => end({ signal: "TERM" }),
      },
      onStderr: () => {},
      exited,
    }),
    closed: new Promise(() => {}),
  } as unknown as SshConnection;
  return { ssh, say: (text) => listener?.onBytes(Buffer.from(text)), input };
}

test("provideRuntime() has a host unpack once all has arrived, which may take long on a slow way", async () => {
  vi.useFakeTimers();
  try {
    const bundle = bundleOf(WORKS);
    const start = async (): Promise<ReturnType<typeof sayingHost> & { failed: () => string | undefined }> => {
      const saying = sayingHost();
      let message: string | undefined;
      const { signal } = new AbortController();
      const providing = provideRuntime(saying.ssh, { bundle, host: "web1", system: SYSTEM, signal });
      providing.catch((error: Error) => (message = error.message));
      while (saying.input.bytes < bundle.bytes.byteLength) await vi.advanceTimersByTimeAsync(1);
      return { ...saying, failed: () => message };
    };
    const silent = await start();
    await vi.advanceTimersByTimeAsync(729_000);
    expect(silent.failed()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5000);
    expect(silent.failed()).toMatch(
      /"runtime" on web1: it did not manage to take the rest of it within 730 s/,
    );
    const slow = await start();
    await vi.advanceTimersByTimeAsync(600_000);
    slow.say("fusion-play:pid:7\nfusion-play:arr");
    slow.say("ived\n");
    await vi.advanceTimersByTimeAsync(119_000);
    expect(slow.failed()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5000);
    expect(slow.failed()).toMatch(/it did not manage to unpack it within 120 s/);
  } finally {
    vi.useRealTimers();
  }
});

test("provideRuntime() is told when all has arrived", async () => {
  let said = "";
  await provide(bundleOf(WORKS), host({ onText: (text) => (said += text) }));
  expect(said).toMatch(/^fusion-play:pid:\d+\nfusion-play:arrived\n$/);
});

test("provideRuntime() takes cksum where the host has no program for SHA-256", async () => {
  const tools = "cat chmod cksum find gzip head mkdir mktemp mv rm tar".split(" ");
  const bare = join(home, "tools");
  await mkdir(bare);
  for (const tool of tools) await symlink(await pathOfTool(tool), join(bare, tool));
  path = bare;
  const bundle = bundleOf(WORKS);
  await provide(bundle);
  expect(await kept()).toEqual([`otp-${bundle.sha256}`]);
  await expect(provide({ ...bundleOf(`${WORKS}# other\n`), cksum: "1 2" })).rejects.toMatchObject({
    code: "UPLOAD_FAILED",
  });
  expect(await kept()).toEqual([`otp-${bundle.sha256}`]);
});

test.each<[string, Partial<Bundle>, RegExp]>([
  ["does not arrive whole", { sha256: "0".repeat(64) }, /it did not arrive whole; the host says: the sum/],
  ["is no archive", sumsOf(Buffer.from("nothing")), /it cannot be unpacked/],
  [
    "does not start",
    bundleOf("#!/bin/sh\necho broken >&2\nexit 1\n"),
    /it does not start there; the host says: .*broken/s,
  ],
])("provideRuntime() keeps nothing of a bundle that %s", async (_, more, message) => {
  await expect(provide({ ...bundleOf(WORKS), ...more })).rejects.toMatchObject({
    code: "UPLOAD_FAILED",
    message: expect.stringMatching(message),
  });
  expect(await kept()).toEqual([]);
});

test("provideRuntime() leaves nothing where it is given up in the middle", async () => {
  const stop = new AbortController();
  const ssh = host({
    onWrite: (bytes) => {
      if (bytes > 200_000) stop.abort(new Error("stopped"));
    },
  });
  const providing = provideRuntime(ssh, {
    bundle: bundleOf(WORKS),
    host: "web1",
    system: SYSTEM,
    signal: stop.signal,
  });
  await expect(providing).rejects.toThrow();
  await expect.poll(kept, { timeout: 20_000 }).toEqual([]);
});

test("provideRuntime() sends nothing to a host that the bundle does not fit", async () => {
  const sent: number[] = [];
  const providing = provideRuntime(host({ onWrite: (bytes) => sent.push(bytes) }), {
    bundle: bundleOf(WORKS),
    host: "web1",
    system: { ...SYSTEM, machine: "aarch64" },
    signal: AbortSignal.timeout(60_000),
  });
  await expect(providing).rejects.toMatchObject({
    code: "ARCHITECTURE_MISMATCH",
    message: 'Cannot use the runtime "otp.tar.gz" on web1: it was made for x86_64, the host has aarch64',
  });
  expect(sent).toEqual([]);
});

function sumsOf(bytes: Uint8Array): Pick<Bundle, "bytes" | "sha256" | "cksum"> {
  return {
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    cksum: `${cksum(bytes)} ${bytes.byteLength}`,
  };
}
