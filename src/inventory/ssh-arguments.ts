import { basename } from "node:path";
import { splitWords } from "./shell-words.ts";

/**
 * Finds the way through other hosts in options of `ssh`, as `ansible_ssh_common_args` has them: `-J`,
 * `-o ProxyJump=…`, and a `ProxyCommand` that is nothing but `ssh -W %h:%p [user@]host`.
 *
 * @returns what stands for the hosts; undefined where the options say nothing of the kind
 */
export function jumpInArguments(text: string): string | undefined {
  const words = splitWords(text)?.map((word) => word.text) ?? [];
  for (const [index, word] of words.entries()) {
    const option = /^-[Jo]/u.test(word) ? word.slice(0, 2) : undefined;
    if (option === undefined) continue;
    const value = word.length > 2 ? word.slice(2) : words[index + 1];
    if (value === undefined) continue;
    if (option === "-J") return value;
    const [, keyword = "", argument = ""] = /^(\w+)(?:\s*=\s*|\s+)(.+)$/su.exec(value.trim()) ?? [];
    if (keyword.toLowerCase() === "proxyjump") return argument.trim();
    if (keyword.toLowerCase() === "proxycommand") return jumpInCommand(argument);
  }
  return undefined;
}

/** Options of `ssh` that change nothing about the way. */
const WITHOUT_EFFECT = /^-[aqTx]+$/u;

function jumpInCommand(command: string): string | undefined {
  const [program = "", ...words] = splitWords(command)?.map(({ text }) => text) ?? [];
  if (basename(program) !== "ssh") return undefined;
  let port: string | undefined;
  let user: string | undefined;
  let forwards = false;
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "-W" && words[at + 1] === "%h:%p") forwards = true;
    else if (word === "-p") port = words[at + 1];
    else if (word === "-l") user = words[at + 1];
    else {
      if (!WITHOUT_EFFECT.test(word)) rest.push(word);
      continue;
    }
    at++;
  }
  const [host = ""] = rest;
  if (!forwards || rest.length !== 1 || host.startsWith("-") || host.includes(":")) return undefined;
  return `${user === undefined || host.includes("@") ? "" : `${user}@`}${host}${port === undefined ? "" : `:${port}`}`;
}
