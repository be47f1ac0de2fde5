import { FusionPlayError } from "../errors.ts";
import { BECOME_METHODS } from "../inventory/connection-variables.ts";
import type { BecomeMethod, Host } from "../inventory/inventory.ts";
import type { Secret } from "../secret.ts";
import { shellQuote } from "../ssh/shell-quote.ts";

/** Whose rights a command shall have, and how it gets them. */
export interface Become {
  readonly method: BecomeMethod;
  readonly user: string;
  readonly password: Secret | undefined;
}

/**
 * What a host's settings say; undefined where the BEAM runs as the user who logs in.
 *
 * @throws {FusionPlayError} `BECOME_FAILED` if nobody here knows the method
 */
export function becomeOf({ name, connection }: Pick<Host, "name" | "connection">): Become | undefined {
  const { become, becomeMethod = "sudo", becomeUser = "root", becomePassword } = connection;
  if (become !== true) return undefined;
  const method = BECOME_METHODS.find((known) => known === becomeMethod);
  if (method !== undefined) return { method, user: becomeUser, password: becomePassword };
  throw new FusionPlayError(
    `Cannot become "${becomeUser}" on ${name} with ${becomeMethod}: it is not supported`,
    {
      code: "BECOME_FAILED",
      hint: "Give sudo, doas or su as fusion_become_method, or leave fusion_become out",
    },
  );
}

export interface BecomeCommandOptions {
  /** What is printed before a program runs that asks as it likes: what startup files of the login shell ask is not for us. */
  readonly start: string;
  /** What is printed on standard output once the command has the rights, on a line of its own. */
  readonly mark: string;
  /** What `sudo` asks with. The others ask as they like. */
  readonly prompt: string;
  /** Whether it runs at a terminal, which is made to pass all bytes on as they are. */
  readonly hasTerminal: boolean;
}

/**
 * The command that runs another one as another user, for the user's shell. The password is no part of it: it is
 * asked for, and answered over standard input.
 *
 * @param command for `/bin/sh`
 */
export function becomeCommand(
  { method, user, password }: Become,
  command: string,
  { start, mark, prompt, hasTerminal }: BecomeCommandOptions,
): string {
  const script = [
    // The folder of the user who logged in may be closed to this one.
    `cd "$HOME" 2>/dev/null || cd /`,
    ...(hasTerminal ? ["stty raw -echo"] : []),
    `echo ${shellQuote(mark)}`,
    // A shell stays in between: sudo stops for ever when its own child is stopped, and nobody may wake it.
    `(${command})`,
    "exit $?",
  ].join("; ");
  const asUser = shellQuote(user);
  switch (method) {
    case "sudo": {
      const asking = password === undefined ? "-n" : `-S -p ${shellQuote(prompt)}`;
      return `exec sudo -H ${asking} -u ${asUser} -- /bin/sh -c ${shellQuote(script)}`;
    }
    case "doas":
      return `echo ${shellQuote(start)}; exec doas ${password === undefined ? "-n " : ""}-u ${asUser} /bin/sh -c ${shellQuote(script)}`;
    case "su":
      return `echo ${shellQuote(start)}; exec su -s /bin/sh -c ${shellQuote(script)} ${asUser}`;
  }
}
