import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isReached, reachSocket } from "../../src/sessions/reach-socket.ts";

let folder: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reach-"));
});

afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

test("reachSocket() connects to whoever listens", async () => {
  const path = join(folder, "sock");
  server = createServer((socket) => socket.on("error", () => {}).resume()).listen(path);
  await once(server, "listening");
  const socket = await reachSocket(path);
  expect(socket?.readyState).toBe("open");
  socket?.destroy();
  expect(await isReached(path)).toBe(true);
});

test("reachSocket() gives undefined where there is nothing, or a file that is no socket", async () => {
  writeFileSync(join(folder, "file"), "");
  for (const name of ["nothing", "file", "file/below"]) {
    expect(await reachSocket(join(folder, name))).toBeUndefined();
    expect(await isReached(join(folder, name))).toBe(false);
  }
});

test("reachSocket() rejects where somebody listens and takes no more connections", async () => {
  const path = join(folder, "sock");
  const script = `require("net").createServer(() => {}).listen({ path: process.argv[1], backlog: 1 }, () => console.log("on"))`;
  const child = spawn(process.execPath, ["-e", script, path], { stdio: ["ignore", "pipe", "inherit"] });
  const reached: Socket[] = [];
  try {
    await once(child.stdout, "data");
    child.kill("SIGSTOP");
    const knock = async (): Promise<void> => {
      for (let times = 0; times < 100; times++) {
        const socket = await reachSocket(path, 1000);
        if (socket === undefined) throw new Error("Nobody listens");
        reached.push(socket.on("error", () => {}));
      }
    };
    await expect(knock()).rejects.toMatchObject({ code: "SESSIONS_FAILED" });
    expect(await isReached(path)).toBe(true);
  } finally {
    for (const socket of reached) socket.destroy();
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
