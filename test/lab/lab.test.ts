import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LabState } from "../../src/lab/lab-state.ts";
import { processesOf, processesWith, uniqueSeconds, until } from "./processes.ts";
import { resultOf, sshClient, type CommandResult, type SshClient } from "./ssh-client.ts";

const program = fileURLToPath(new URL("lab-program.ts", import.meta.url));
let folder: string;
let dir: string;
let base: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "fusion lab-"))); // with a space, as a home folder may have
  dir = join(folder, ".fusion-lab");
  base = `${await freeBase()}`;
});

afterEach(async () => {
  await lab("down");
  expect(processesWith(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

describe.each(["embedded", "sshd"])("lab up with %s hosts", (server) => {
  const up = (): Promise<CommandResult> =>
    lab("up", "--hosts", "2", "--port", base, ...(server === "sshd" ? ["--sshd"] : []));

  test("labUp() brings up hosts that run commands in homes of their own, and labDown() leaves nothing", async () => {
    const { code, stdout } = await up();
    expect(code).toBe(0);
    expect(stdout.toString()).toContain(`lab2  127.0.0.1:${Number(base) + 2}`);
    expect((await lab("status")).stdout.toString()).toContain("The lab is up");

    for (const name of ["lab1", "lab2"]) {
      const { client, home } = await clientOf(name);
      const result = await client.run('pwd; echo "$HOME"; cat; exit 5', "input");
      expect({ code: result.code, stdout: result.stdout.toString() }).toEqual({
        code: 5,
        stdout: `${home}\n${home}\ninput`,
      });
      expect((await stat(home)).mode & 0o777).toBe(0o700);
      expect((await client.sftp(`put "${program}" copied`)).code).toBe(0);
      expect(await readFile(join(home, "copied"), "utf8")).toBe(await readFile(program, "utf8"));
    }

    expect((await lab("down")).stdout.toString()).toBe("The lab is down\n");
    expect(await readdir(folder)).toEqual([]);
    expect((await lab("status")).stdout.toString()).toBe("No lab is up\n");
  });

  test("labDown() ends what runs on the hosts, also in the background and in other sessions", async () => {
    await up();
    const seconds = uniqueSeconds();
    const { client } = await clientOf("lab1");
    await client.run(
      `sleep ${seconds} >/dev/null 2>&1 </dev/null & setsid sleep ${seconds} >/dev/null 2>&1 </dev/null &`,
    );
    const ended = resultOf(client.start([], `sleep ${seconds}`));
    await until("all three run", () => processesOf(`sleep ${seconds}`).length === 3);
    await lab("down");
    expect(processesOf(`sleep ${seconds}`)).toEqual([]);
    expect((await ended).code).toBe(255);
  });

  test("serveLab() leaves no process, when it is killed, and the next lab has the same host keys", async () => {
    await up();
    const seconds = uniqueSeconds();
    const { client } = await clientOf("lab1");
    const ended = resultOf(client.start([], `trap '' TERM HUP; sleep ${seconds} & sleep ${seconds}; :`));
    await until("both run", () => processesOf(`sleep ${seconds}`).length === 2);
    const knownHosts = await readFile(join(dir, "known_hosts"), "utf8");

    process.kill((await state()).pid, "SIGKILL");
    await until("all are gone", () => processesOf(`sleep ${seconds}`).length === 0, 5000);
    await ended;
    await until("the servers too", () => processesWith(folder).length === 0, 5000);
    expect((await lab("status")).stdout.toString()).toContain("A lab has crashed");

    expect((await up()).code).toBe(0);
    expect(await readFile(join(dir, "known_hosts"), "utf8")).toBe(knownHosts);
    expect((await client.run("echo again")).stdout.toString()).toBe("again\n");
  });

  test("labUp() fails with a hint and leaves nothing, when a port is in use", async () => {
    const port = Number(base) + 2;
    const taken = await listen(port);
    const { code, stderr } = await up();
    taken.close();
    expect(code).toBe(3);
    expect(stderr).toMatch(`LAB_FAILED: Cannot bring up the lab on port ${port}: it is in use\n`);
    expect(stderr).toMatch("--port");
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("the folder of a lab", () => {
  test("labUp() keeps it private and describes the hosts in it", async () => {
    await lab("up", "--hosts", "2", "--port", base);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    for (const secret of ["id_ed25519", "state.json"]) {
      expect((await stat(join(dir, secret))).mode & 0o777).toBe(0o600);
    }
    expect(await readFile(join(dir, "hosts.yml"), "utf8")).toBe(`lab:
  vars:
    fusion_host: 127.0.0.1
    fusion_user: "${userInfo().username}"
    fusion_private_key_file: id_ed25519
    fusion_known_hosts_file: known_hosts
  hosts:
    lab1: { fusion_port: ${Number(base) + 1} }
    lab2: { fusion_port: ${Number(base) + 2} }
`);
  });

  test("lab says how to take down a lab in another folder", async () => {
    const up = await lab("up", "--hosts", "1", "--port", base, "--dir", "my lab");
    expect(up.stdout.toString()).toMatch(/^End it with: fusion-play lab down --dir 'my lab'$/m);
    expect((await lab("down", "--dir", "my lab")).stdout.toString()).toBe("The lab is down\n");
  });

  test.each([
    [".", "hosts.yml"],
    ["../my lab", "../my lab/hosts.yml"],
  ])("lab says where the inventory is of a lab in the folder %s", async (where, inventory) => {
    const cwd = join(folder, "work");
    await mkdir(cwd);
    const up = await resultOf(start(["up", "--hosts", "1", "--port", base, "--dir", where], cwd));
    expect(up.stdout.toString()).toContain(`\nInventory: ${inventory}\n`);
    expect((await lab("down", "--dir", join("work", where))).stdout.toString()).toBe("The lab is down\n");
  });

  test("labUp() says that the lab is already up, when it is", async () => {
    await lab("up", "--hosts", "1", "--port", base);
    const { pid } = await state();
    const again = await lab("up", "--hosts", "1", "--port", base);
    expect(again.code).toBe(0);
    expect(again.stdout.toString()).toContain("The lab is already up");
    expect((await state()).pid).toBe(pid);

    const other = await lab("up", "--hosts", "3", "--port", base);
    expect(other.code).toBe(3);
    expect(other.stderr).toMatch(/^LAB_FAILED: .*one with 1 embedded hosts? from port/);
  });

  test("labUp() brings up one lab, when it is called twice at once", async () => {
    const results = await Promise.all([1, 2].map(() => lab("up", "--hosts", "1", "--port", base)));
    expect(results.some(({ code }) => code === 0)).toBe(true);
    const { client } = await clientOf("lab1");
    expect((await client.run("echo up")).stdout.toString()).toBe("up\n");
  });

  // Files of a lab are called like these, too.
  test.each(["thesis.txt", "hosts.yml", "id_ed25519"])(
    "labUp() refuses a folder, when it holds %s",
    async (name) => {
      await mkdir(dir);
      await writeFile(join(dir, name), "");
      const { code, stderr } = await lab("up", "--hosts", "1", "--port", base);
      expect(code).toBe(3);
      expect(stderr).toContain(`it holds '${name}', which no lab has put there`);
      expect(await readdir(dir)).toEqual([name]);
      expect((await lab("down")).stdout.toString()).toBe("No lab is up\n");
      expect(await readdir(dir)).toEqual([name]);
    },
  );

  test("labDown() removes the folder and harms nobody, when the process id belongs to another process", async () => {
    await lab("up", "--hosts", "1", "--port", base);
    const crashed = await state();
    process.kill(crashed.pid, "SIGKILL");
    await until("it is gone", () => processesWith(folder).length === 0, 5000);
    const stranger = spawn("sleep", ["60"]);
    const { server, port } = await listener();
    server.on("connection", (socket) => socket.resume().end("who is there?\n"));
    await writeFile(
      join(dir, "state.json"),
      JSON.stringify({ ...crashed, pid: stranger.pid, controlPort: port }),
    );

    expect((await lab("down")).stdout.toString()).toBe("Removed what a crashed lab had left\n");
    expect(await readdir(folder)).toEqual([]);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
    server.close();
  });

  test("labDown() fails with a hint, when the process does not answer", async () => {
    await lab("up", "--hosts", "1", "--port", base);
    const { pid } = await state();
    process.kill(pid, "SIGSTOP");
    const [down, status, up] = await Promise.all([
      lab("down"),
      lab("status"),
      lab("up", "--hosts", "1", "--port", base),
    ]);
    process.kill(pid, "SIGCONT");
    expect(down.stderr).toBe(
      `LAB_FAILED: Cannot take the lab down: its process ${pid} does not answer\n` +
        `Look at process ${pid}, end it if it is a lab, and try again\n`,
    );
    expect(status.stdout.toString()).toBe(`A lab is up, but its process ${pid} does not answer\n`);
    expect(up.code).toBe(3);
  });

  test("serveLab() removes everything, when it gets SIGTERM", async () => {
    await lab("up", "--hosts", "1", "--port", base);
    process.kill((await state()).pid, "SIGTERM");
    await until(
      "all is gone",
      async () => (await readdir(folder)).length === 0 && processesWith(folder).length === 0,
    );
  });

  test("labUp() leaves nothing, when it is stopped before the lab is ready", async () => {
    const child = start(["up", "--hosts", "200", "--port", base, "--sshd"]);
    await until("it has begun", async () => (await readdir(folder)).length > 0);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(await readdir(folder)).toEqual([]);
    await until("all is gone", () => processesWith(folder).length === 0, 5000);
  });
});

test.each([
  [["--hosts", "0"], "USAGE: Cannot bring up a lab of 0 hosts: it can have 1 to 500"],
  [["--port", "65535"], "USAGE: Cannot bring up a lab with ports after 65535: ports are 1 to 65535"],
  [["--hosts", "many"], "error: option '--hosts <n>' argument 'many' is invalid. It must be a whole number."],
])("labCommand() refuses %j", async (args, message) => {
  const { code, stderr } = await lab("up", ...args);
  expect(code).toBe(3);
  expect(stderr).toContain(message);
  expect(await readdir(folder)).toEqual([]);
});

function start(args: readonly string[], cwd: string = folder): ChildProcessWithoutNullStreams {
  const loader = import.meta.resolve("jiti/register");
  return spawn(process.execPath, ["--import", loader, program, "lab", ...args], { cwd });
}

function lab(...args: readonly string[]): Promise<CommandResult> {
  return resultOf(start(args));
}

async function state(): Promise<LabState> {
  return JSON.parse(await readFile(join(dir, "state.json"), "utf8")) as LabState;
}

async function clientOf(name: string): Promise<{ client: SshClient; home: string }> {
  const host = (await state()).hosts.find((candidate) => candidate.name === name);
  if (host === undefined) throw new Error(`There is no host ${name}`);
  const { port, home } = host;
  // OpenSSH's client takes no spaces in the name of this file.
  const knownHostsFile = `"${join(dir, "known_hosts")}"`;
  return {
    client: sshClient({ port, home, folder, keyFile: join(dir, "id_ed25519"), knownHostsFile }),
    home,
  };
}

/** A number that some free ports follow. */
async function freeBase(): Promise<number> {
  for (;;) {
    const candidate = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      const servers = await Promise.all([1, 2, 3].map((offset) => listen(candidate + offset)));
      await Promise.all(servers.map((server) => once(server.close(), "close")));
      return candidate;
    } catch {
      // One of them is taken.
    }
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await once(server.listen(port, "127.0.0.1"), "listening");
  return server;
}

async function listener(): Promise<{ server: Server; port: number }> {
  const server = await listen(0);
  return { server, port: (server.address() as { port: number }).port };
}
