import { expect, test } from "vitest";
import { runScript } from "../../src/remote/run-script.ts";
import type { HostCommands } from "../../src/remote/become-commands.ts";
import { localCommands, type LocalCommands } from "./local-commands.ts";

/** Hosts whose startup files print this. */
function printing(startup: string): HostCommands & Pick<LocalCommands, "children"> {
  const commands = localCommands();
  return { ...commands, exec: async (command, options) => commands.exec(`${startup}; ${command}`, options) };
}

const STARTUPS = [":", "echo Welcome", "printf 'Loading profile: '"];

test.each(STARTUPS)("runScript() gives what the script prints, without what `%s` does", async (startup) => {
  const { stdout, code } = await runScript(printing(startup), 'echo "of $1"; exit 3', {
    args: ["it"],
    signal: new AbortController().signal,
  });
  expect([stdout, code]).toEqual(["of it\n", 3]);
});

test.each(STARTUPS)("runScript() kills a script that is given up, also after `%s`", async (startup) => {
  const commands = printing(startup);
  const given = new AbortController();
  const onOutput = (text: string): void => {
    if (text.includes("begun")) given.abort(new Error("enough"));
  };
  const running = runScript(commands, "trap '' TERM; echo begun; sleep 300; true", {
    signal: given.signal,
    onOutput,
  });
  await expect(running).rejects.toThrow("enough");
  await expect.poll(() => commands.children[0]?.signalCode).toBe("SIGKILL");
});
