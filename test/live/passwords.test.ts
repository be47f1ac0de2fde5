import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { typedTo, type Typed } from "../cli/typed.ts";
import { canMakeUsers, makePasswordUser, type PasswordUser } from "../ssh/password-user.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { environment, hostOf, openWorkspace, PROGRAM, type Workspace } from "./workspace.ts";
import { readReport, type WrittenReport } from "./written-by-run.ts";

vi.setConfig({ hookTimeout: 600_000 });

// Only root can make users with passwords; the server of the ssh2 package stands in for them in test/ssh.
describe.runIf(canMakeUsers)("passwords", () => {
  let user: PasswordUser;
  let sshd: Sshd;
  let workspace: Workspace;
  let typed: Typed;
  let report: WrittenReport | undefined;

  beforeAll(async () => {
    user = await makePasswordUser();
    sshd = await startSshd({ config: ["PasswordAuthentication yes", "UsePAM yes"] });
    const host = (more: Readonly<Record<string, unknown>>): Record<string, unknown> =>
      hostOf(sshd, { fusion_user: user.name, fusion_private_key_file: undefined, ...more });
    const command = "echo called >> calls; cat password";
    workspace = await openWorkspace({
      all: {
        hosts: {
          asked: host({}),
          told: host({ fusion_password: user.password }),
          printed1: host({ fusion_password_command: command }),
          printed2: host({ fusion_password_command: command }),
          failing: host({ fusion_password_command: "echo locked >&2; exit 3" }),
          empty: host({ fusion_password_command: "echo" }),
        },
      },
    });
    await workspace.write({
      password: `${user.password}\nsecond line\n`,
      "site.yml": [{ hosts: "all", steps: [{ name: "Who", run: `os:cmd("id -un")` }] }],
    });
    const args = ["run", "site.yml", "-i", "hosts.yml", "-k", "-v", "--report", "json=report.json"];
    typed = await typedTo([PROGRAM, ...args], [["SSH password: ", `${user.password}\r`]], {
      cwd: workspace.folder,
      env: environment(workspace),
    });
    report = (await readReport(join(workspace.folder, "report.json"))) as WrittenReport | undefined;
  });

  afterAll(async () => {
    await workspace[Symbol.asyncDispose]();
    await sshd.stop();
    await user[Symbol.asyncDispose]();
  });

  test.each(["asked", "told", "printed1", "printed2"])("a run logs in to the host %s", (name) => {
    const host = report?.plays[0]?.hosts[name];
    expect(host?.status, typed.shown).toBe("ok");
    expect(host?.steps[0]?.result).toBe(`${user.name}\n`);
  });

  test("the command that prints the password is run once for all hosts", async () => {
    expect(await readFile(join(workspace.folder, "calls"), "utf8")).toBe("called\n");
  });

  test("a host whose command gives no password is unreachable, and says why", () => {
    const { failing, empty } = report?.plays[0]?.hosts ?? {};
    expect(failing?.status).toBe("unreachable");
    expect(failing?.error).toMatchObject({ code: "PROGRAM_FAILED" });
    expect(failing?.error?.message).toContain("ended with exit code 3, and printed:\n    locked");
    expect(empty?.error?.message).toBe("Cannot get the password of empty: the program printed none");
  });

  test("no password is shown or reported", () => {
    expect(typed.shown + JSON.stringify(report)).not.toContain(user.password);
  });
});
