import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SFTPWrapper } from "ssh2";
import { secret } from "../../src/secret.ts";
import type { FileUpload, SshConnection } from "../../src/ssh/ssh-connection.ts";
import { connectSsh2 } from "../../src/ssh/ssh2-connection.ts";
import { DEFAULT_TIMEOUTS } from "../../src/ssh/ssh-target.ts";
import { startSshd, type Sshd } from "../live/sshd.ts";
import { acceptEverybody, startSsh2Server, type Ssh2Server } from "./ssh2-server.ts";
import { never, targetOf } from "./target-of.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let sshd: Sshd;
let connection: SshConnection;
let count = 0;

beforeAll(async () => {
  sshd = await startSshd();
  connection = await connectSsh2(targetOf(sshd), { signal: never() });
});

afterAll(async () => {
  await connection[Symbol.asyncDispose]();
  await sshd.stop();
});

/** A folder of the host, which here is this machine as well. */
async function remoteFolder(): Promise<string> {
  const path = join(folder, `remote-${++count}`);
  await mkdir(path);
  return path;
}

/** Writes a file here, to be uploaded to `to`. */
async function fileOf(bytes: Uint8Array, to: string, mode = 0o600): Promise<FileUpload> {
  const from = join(folder, `local-${++count}`);
  await writeFile(from, bytes);
  return { from, to, bytes: bytes.length, mode };
}

async function failureOf(wait: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  return await wait.then(
    () => {
      throw new Error("It did not fail");
    },
    (error: unknown) => error as { code: string; message: string; hint: string },
  );
}

describe("files that arrive", () => {
  test("upload() writes small, large and empty files unchanged, with their permissions", async () => {
    const remote = await remoteFolder();
    const sizes = [
      0,
      1,
      32 * 1024 - 1,
      32 * 1024,
      32 * 1024 + 1,
      20_000_000,
      ...Array.from({ length: 40 }, () => 7),
    ];
    const contents = sizes.map((size) => randomBytes(size));
    const files = await Promise.all(
      contents.map((bytes, index) =>
        fileOf(bytes, join(remote, `file ${index}`), index % 2 === 0 ? 0o600 : 0o700),
      ),
    );
    await connection.upload(files, { signal: never() });
    for (const [index, { to, mode }] of files.entries()) {
      expect((await readFile(to)).equals(contents[index] as Buffer)).toBe(true);
      expect((await stat(to)).mode & 0o777).toBe(mode);
    }
  });

  test("upload() leaves the connection as it was, and no session open", async () => {
    await using server = await startSshd({ config: ["MaxSessions 1"] });
    await using single = await connectSsh2(targetOf(server), { signal: never() });
    const remote = await remoteFolder();
    for (const name of ["one", "two", "three"]) {
      await single.upload([await fileOf(Buffer.from(name), join(remote, name))], { signal: never() });
    }
    const command = await single.exec(`cat ${remote}/*`, { signal: never() });
    const output = new Promise<string>((resolve) => {
      let text = "";
      command.stdio.listen({
        onBytes: (bytes) => (text += Buffer.from(bytes).toString()),
        onEnd: () => resolve(text),
      });
    });
    expect(await output).toBe("onethreetwo");
  });
});

describe("files that cannot be written", () => {
  test("upload() says so, when a file is there already or its folder is not", async () => {
    const remote = await remoteFolder();
    await writeFile(join(remote, "old"), "before");
    const old = await failureOf(
      connection.upload([await fileOf(Buffer.from("new"), join(remote, "old"))], { signal: never() }),
    );
    expect(old).toMatchObject({
      code: "UPLOAD_FAILED",
      message: `Cannot upload to "${remote}/old" on web1 (127.0.0.1:${sshd.port}): a file is there already`,
    });
    expect(await readFile(join(remote, "old"), "utf8")).toBe("before");

    const nowhere = await failureOf(
      connection.upload([await fileOf(Buffer.from("x"), join(remote, "no", "where"))], { signal: never() }),
    );
    expect(nowhere).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(/its folder is not there$/),
      hint: expect.stringContaining("ChrootDirectory"),
    });
  });

  test("upload() says so, when the user may not write", async () => {
    await using server = await startSshd({ config: ["Subsystem sftp internal-sftp -R"] });
    await using readOnly = await connectSsh2(targetOf(server), { signal: never() });
    const file = await fileOf(Buffer.from("x"), join(await remoteFolder(), "x"));
    expect(await failureOf(readOnly.upload([file], { signal: never() }))).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(/: permission denied$/),
    });
  });

  test("upload() tells the first reason, when many files fail, and does not go on with the others", async () => {
    const remote = await remoteFolder();
    await writeFile(join(remote, "file 20"), "before");
    const files = await Promise.all(
      Array.from({ length: 200 }, (_, index) => fileOf(Buffer.from("x"), join(remote, `file ${index}`))),
    );
    const error = await failureOf(connection.upload(files, { signal: never() }));
    expect(error.message).toMatch(/file 20" on .*: a file is there already$/);
    await expect(stat(join(remote, "file 199"))).rejects.toThrow(/ENOENT/);
  });

  test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
    "upload() says how much room there is, when the disk is full",
    async () => {
      const mounted = await remoteFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "fusion-play-test", mounted]);
      try {
        const file = await fileOf(randomBytes(3_000_000), join(mounted, "large"));
        const error = await failureOf(connection.upload([file], { signal: never() }));
        expect(error.code).toBe("UPLOAD_FAILED");
        expect(error.message).toMatch(
          /the server says ".*", and its file system has \d+ bytes left for 3000000$/,
        );
        expect(error.hint).toContain("TMPDIR");
      } finally {
        execFileSync("umount", [mounted]);
      }
    },
  );

  test("upload() says so, when a file here is not there, is a folder or has another size", async () => {
    const remote = await remoteFolder();
    const file = await fileOf(Buffer.from("longer than before"), join(remote, "x"));
    const missing = { ...file, from: join(folder, "missing") };
    expect(await failureOf(connection.upload([missing], { signal: never() }))).toMatchObject({
      code: "FILE_UNREADABLE",
      message: `Cannot upload "${folder}/missing": it cannot be opened`,
    });
    expect(
      await failureOf(connection.upload([{ ...file, from: folder }], { signal: never() })),
    ).toMatchObject({
      code: "FILE_UNREADABLE",
      message: `Cannot upload "${folder}": it cannot be read`,
    });
    const other = { ...file, to: join(remote, "y"), bytes: 6 };
    expect(await failureOf(connection.upload([other], { signal: never() }))).toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringMatching(/: it was changed while it was read$/),
    });
  });
});

describe("servers that do not play along", () => {
  test.each([
    ["has no such subsystem", "Subsystem other internal-sftp"],
    ["has one that is not installed", "Subsystem sftp /nowhere/sftp-server"],
    ["prints something else", "Subsystem sftp /bin/echo Welcome to this host, where there is no SFTP at all"],
  ])("upload() says so, when the server %s", async (_, line) => {
    await using server = await startSshd({ config: [line] });
    await using without = await connectSsh2(targetOf(server), { signal: never() });
    const file = await fileOf(Buffer.from("x"), join(await remoteFolder(), "x"));
    const error = await failureOf(without.upload([file], { signal: never() }));
    expect(error).toMatchObject({
      code: "SSH_SFTP_REFUSED",
      message: expect.stringMatching(/^Cannot open SFTP on web1 .*: the server does not offer it \(.+\)$/),
      hint: expect.stringContaining("Subsystem sftp internal-sftp"),
    });
    // The connection is as good as before.
    expect(await (await without.exec("exit 3", { signal: never() })).exited).toEqual({ code: 3 });
  });

  /** A server whose SFTP does what `serve` does. */
  function sftpServer(serve: (sftp: SFTPWrapper, endConnection: () => void) => void): Promise<Ssh2Server> {
    return startSsh2Server((server) => {
      acceptEverybody(server);
      server.on("session", (accept) =>
        accept().on("sftp", (acceptSftp) => serve(acceptSftp(), () => server.end())),
      );
    });
  }

  function connectTo({ address, port }: Ssh2Server, requestMs = 20_000): Promise<SshConnection> {
    const changes = {
      address,
      port,
      identities: [],
      password: secret("any"),
      hostKeys: { files: [], checking: "off" as const },
    };
    const timeouts = { ...DEFAULT_TIMEOUTS, requestMs };
    return connectSsh2(targetOf(sshd, { ...changes, timeouts }), { signal: never() });
  }

  test("upload() gives up, when the server is silent in the middle, but not when it is only slow", async () => {
    await using server = await sftpServer((sftp) => {
      let writes = 0;
      sftp.on("OPEN", (id) => void setTimeout(() => sftp.handle(id, Buffer.from("h")), 200));
      sftp.on("WRITE", (id) => {
        if (++writes <= 8) setTimeout(() => sftp.status(id, 0), 200 * writes);
      });
    });
    await using slow = await connectTo(server, 1000);
    const file = await fileOf(randomBytes(9 * 31 * 1024), "/anywhere");
    const started = performance.now();
    const error = await failureOf(slow.upload([file], { signal: never() }));
    expect(error).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(
        /^Cannot upload files to web1 .*: the SFTP server did not answer within 1 s$/,
      ),
    });
    // All that it answered took longer than the limit.
    expect(performance.now() - started).toBeGreaterThan(2000);
  });

  test.each(["/1", "/5", "/8"])(
    "upload() names the file that could not be written, %s of eight",
    async (refused) => {
      await using server = await sftpServer((sftp) => {
        let waiting = 0;
        let last = 0;
        sftp.on("OPEN", (id, path) => sftp.handle(id, Buffer.from(path)));
        sftp.on("WRITE", (id, handle) => {
          waiting++;
          if (handle.toString() === refused) last = id;
          // As many as may be under way: all files wait for any of them.
          if (waiting === 64) setTimeout(() => sftp.status(last, 4, "Failure"), 100);
        });
      });
      await using connected = await connectTo(server);
      const files = await Promise.all(
        Array.from({ length: 8 }, (_, index) => fileOf(randomBytes(3_000_000), `/${index + 1}`)),
      );
      expect(await failureOf(connected.upload(files, { signal: never() }))).toMatchObject({
        code: "UPLOAD_FAILED",
        message: expect.stringContaining(`Cannot upload to "${refused}" on `),
      });
    },
  );

  test("upload() says so, when the SFTP server ends in the middle", async () => {
    await using server = await sftpServer((sftp) => {
      sftp.on("OPEN", (id) => sftp.handle(id, Buffer.from("h")));
      sftp.on("WRITE", () => sftp.end());
    });
    await using broken = await connectTo(server);
    const file = await fileOf(randomBytes(100), "/anywhere");
    expect(await failureOf(broken.upload([file], { signal: never() }))).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(/: the SFTP server ended the session$/),
    });
  });

  test("upload() ends with the signal's reason, when that is aborted in the middle", async () => {
    const controller = new AbortController();
    await using server = await sftpServer((sftp) => {
      sftp.on("OPEN", (id) => sftp.handle(id, Buffer.from("h")));
      sftp.on("WRITE", () => controller.abort(new Error("stop")));
    });
    await using stopped = await connectTo(server);
    const file = await fileOf(randomBytes(100), "/anywhere");
    await expect(stopped.upload([file], { signal: controller.signal })).rejects.toThrow("stop");
  });

  test("upload() tells of the connection, when that is lost in the middle", async () => {
    await using server = await sftpServer((sftp, end) => {
      sftp.on("OPEN", (id) => sftp.handle(id, Buffer.from("h")));
      sftp.on("WRITE", end);
    });
    await using lost = await connectTo(server);
    const file = await fileOf(randomBytes(100), "/anywhere");
    expect(await failureOf(lost.upload([file], { signal: never() }))).toMatchObject({
      code: "SSH_CONNECTION_LOST",
      message: expect.stringMatching(/^Cannot keep the connection to web1 /),
    });
  });
});
