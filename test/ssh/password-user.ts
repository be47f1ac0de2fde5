import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A system user of a test, with a password that is known. Only root can make one. */
export interface PasswordUser extends AsyncDisposable {
  readonly name: string;
  readonly password: string;
}

/** Whether this process may make users; elsewhere the server of the ssh2 package stands in for OpenSSH. */
export const canMakeUsers: boolean = process.platform === "linux" && process.getuid?.() === 0;

/** Makes a user; disposing of it removes it again. */
export async function makePasswordUser(): Promise<PasswordUser> {
  const name = `fp-${randomBytes(4).toString("hex")}`;
  const password = randomBytes(12).toString("base64url");
  await run("useradd", ["--no-create-home", "--home-dir", "/", "--shell", "/bin/sh", name]);
  const child = run("chpasswd", []);
  child.child.stdin?.end(`${name}:${password}\n`);
  await child;
  return {
    name,
    password,
    async [Symbol.asyncDispose]() {
      await run("userdel", [name]);
    },
  };
}
