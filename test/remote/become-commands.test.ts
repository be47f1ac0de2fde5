import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ByteStreamListener } from "../../src/bytes/byte-stream.ts";
import { BecomeCommands } from "../../src/remote/become-commands.ts";
import type { Become } from "../../src/remote/become-command.ts";
import { secret } from "../../src/secret.ts";
import type { ExecOptions, RemoteCommand } from "../../src/ssh/ssh-connection.ts";
import { receive } from "../ssh/received.ts";
import { never } from "../ssh/target-of.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fusion-play-become-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** What commands were started with: whether they had a terminal. */
let terminals: boolean[] = [];

/**
 * Runs commands here, with a program `sudo`, `doas` or `su` that is this script of `/bin/sh`. In it, `$prompt` is what
 * to ask with, `go` runs the command, and `say` writes at once. The login shell does `startup` before.
 */
async function commandsWith(
  script: string,
  { startup = ":", ...become }: Partial<Become> & { startup?: string } = {},
): Promise<BecomeCommands> {
  const { method = "sudo" } = become;
  const program = join(folder, method);
  await writeFile(
    program,
    `#!/bin/sh
prompt= command=
while [ $# -gt 0 ]; do
  case $1 in
    -p) prompt=$2; shift;;
    -c) command=$2;;
  esac
  shift
done
say() { printf '%b' "$1" >&2; }
ask() { say "$1"; IFS= read -r password; }
go() { exec /bin/sh -c "$command"; }
${script}
`,
  );
  await chmod(program, 0o755);
  terminals = [];
  const exec = async (line: string, { hasTerminal = false }: ExecOptions): Promise<RemoteCommand> => {
    terminals.push(hasTerminal);
    // Without the terminal that would have been made raw.
    return local(`${startup}; ${line.replace("stty raw -echo; ", "")}`);
  };
  return new BecomeCommands(
    { exec, closed: new Promise(() => {}) },
    { method, user: "app", password: secret("secret"), ...become },
    "web1",
  );
}

function local(line: string): RemoteCommand {
  const child = spawn("/bin/sh", ["-c", line], {
    stdio: "pipe",
    env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, HOME: folder },
  });
  child.stdin.on("error", () => {});
  return {
    stdio: {
      listen: ({ onBytes, onEnd }: ByteStreamListener) => {
        child.stdout.on("data", onBytes).once("close", () => onEnd());
      },
      write: (chunk) => void child.stdin.write(chunk),
      queuedBytes: 0,
      pause: () => void child.stdout.pause(),
      resume: () => void child.stdout.resume(),
      close: () => void child.stdin.end(),
    },
    onStderr: (listener) => void child.stderr.on("data", listener),
    exited: once(child, "exit").then(([code]) => ({ code: code as number })),
  };
}

async function failureOf(commands: BecomeCommands): Promise<{ code: string; message: string; hint: string }> {
  return await commands.exec("true", { signal: never() }).then(
    () => {
      throw new Error("It became the user");
    },
    (error: unknown) => error as { code: string; message: string; hint: string },
  );
}

test("exec() answers the question once, and gives what the command says and reads, and nothing before", async () => {
  const commands = await commandsWith(
    `say 'We trust you: be careful.\\n\\n'; ask "$prompt"; say '\\n'; [ "$password" = secret ] && go; exit 1`,
  );
  const command = await commands.exec(`cat; echo "in $PWD"; echo problem >&2`, { signal: never() });
  let stderr = "";
  command.onStderr((chunk) => (stderr += Buffer.from(chunk).toString()));
  const output = receive(command.stdio);
  command.stdio.write(Buffer.from("typed\n"));
  command.stdio.close();
  expect((await output).bytes.toString()).toBe(`typed\nin ${folder}\n`);
  expect(await command.exited).toEqual({ code: 0 });
  expect(stderr).toContain("problem\n");
  expect(stderr).not.toContain("trust");
});

test("exec() says nothing, when nothing is asked", async () => {
  const commands = await commandsWith("go");
  const command = await commands.exec("read -r line; echo $line", { signal: never() });
  const output = receive(command.stdio);
  command.stdio.write(Buffer.from("only this\n"));
  expect((await output).bytes.toString()).toBe("only this\n");
});

test("exec() tells the exit status of the command", async () => {
  const commands = await commandsWith("go");
  const command = await commands.exec("exit 7", { signal: never() });
  expect(await command.exited).toEqual({ code: 7 });
});

test("exec() gives the password no second time", async () => {
  const commands = await commandsWith(
    `ask "$prompt"; say '\\nSorry, try again.\\n'; ask "$prompt"; echo "got $password" >> ${join(folder, "second")}; exit 1`,
  );
  const error = await failureOf(commands);
  expect(error).toMatchObject({
    code: "BECOME_FAILED",
    message: 'Cannot become "app" on web1 with sudo: the password was refused',
  });
  expect(error.hint).toContain("tried once");
});

test("exec() tells what was said after the password, without the password", async () => {
  const commands = await commandsWith(
    `say 'A lecture.\\n'; ask "$prompt"; say "app may not: $password\\n"; exit 3`,
  );
  expect((await failureOf(commands)).message).toBe(
    'Cannot become "app" on web1 with sudo: it ended (exit status 3) after the password was given; it said: app may not: ********',
  );
});

test("exec() asks for a password, when one is needed and none was given", async () => {
  const commands = await commandsWith("say 'sudo: a password is required\\n'; exit 1", {
    password: undefined,
  });
  const error = await failureOf(commands);
  expect(error.message).toContain("it ended (exit status 1); it said: sudo: a password is required");
  expect(error.hint).toContain("fusion_become_password");
  const su = await commandsWith("ask 'Passwort: '; exit 1", { method: "su", password: undefined });
  expect((await failureOf(su)).message).toBe('Cannot become "app" on web1 with su: a password is needed');
});

test("exec() tells what is said last, also when that comes after the news of the end", async () => {
  const commands = await commandsWith("(sleep 0.2; say 'sudo: you are not allowed\\n') & exit 1");
  expect((await failureOf(commands)).message).toContain(
    "it ended (exit status 1); it said: sudo: you are not allowed",
  );
});

test("exec() starts again with a terminal, when sudo wants one, and goes on with one", async () => {
  const commands = await commandsWith(
    `[ -e ${folder}/tty ] && go; touch ${folder}/tty; say 'sudo: sorry, you must have a tty to run sudo\\n'; exit 1`,
  );
  for (const _time of [1, 2]) {
    const command = await commands.exec("true", { signal: never() });
    expect(await command.exited).toEqual({ code: 0 });
  }
  expect(terminals).toEqual([false, true, true]);
});

test("exec() takes the beginning of an error of su for no question", async () => {
  const commands = await commandsWith(
    `ask 'Password: '; say '\\nsu: '; sleep 0.1; say 'Authentication failure\\n'; exit 1`,
    { method: "su" },
  );
  expect((await failureOf(commands)).message).toContain("it said: su: Authentication failure");
  expect(terminals).toEqual([true]);
});

test.each(["su", "doas"] as const)(
  "exec() takes no question of startup files for one of %s",
  async (method) => {
    const commands = await commandsWith("ask 'Password: '; [ \"$password\" = secret ] && go; exit 1", {
      method,
      startup: "printf 'Loading profile: '; sleep 0.2",
    });
    const command = await commands.exec("echo in", { signal: never() });
    expect((await receive(command.stdio)).bytes.toString()).toBe("in\n");
  },
);

test("exec() tells what startup files said where they ended", async () => {
  const commands = await commandsWith("go", { method: "su", startup: "echo 'No login today'; exit 1" });
  expect((await failureOf(commands)).message).toContain("it ended (exit status 1); it said: No login today");
});

test("exec() tells a command at a terminal when it shall end", async () => {
  const commands = await commandsWith("ask 'doas (me@web1) password: '; go", { method: "doas" });
  const command = await commands.exec("read -r line; echo $line", { signal: never() });
  const output = receive(command.stdio);
  command.stdio.close();
  expect((await output).bytes.toString()).toBe("fusion-play:end\n");
});

test("exec() rejects with the signal's reason", async () => {
  const commands = await commandsWith("read -r line; exit 1");
  const controller = new AbortController();
  const reason = new Error("enough");
  const wait = commands.exec("true", { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  await expect(wait).rejects.toBe(reason);
});
