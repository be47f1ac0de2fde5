import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { BECOME_METHODS, isUserName } from "../inventory/connection-variables.ts";
import { parseDuration } from "../playbook/duration.ts";
import { MAX_LEASE_MS, MIN_LEASE_MS } from "../sessions/agent-message.ts";

/** Collects the values of an option that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return number;
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/u.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return number;
}

function duration(value: string): number {
  const ms = parseDuration(value);
  if (ms === undefined) throw new InvalidArgumentError('It must be a duration such as "10s" or "2m".');
  return ms;
}

function limit(value: string): number {
  const ms = duration(value);
  if (ms === 0) throw new InvalidArgumentError("It must be longer than nothing.");
  return ms;
}

function lease(value: string): number {
  const ms = duration(value);
  if (ms < MIN_LEASE_MS || ms > MAX_LEASE_MS) throw new InvalidArgumentError("It must be from 1s to 24h.");
  return ms;
}

function user(value: string): string {
  if (!isUserName(value)) throw new InvalidArgumentError("It must be the name of a user.");
  return value;
}

/** The words of `a, b`: empty ones are none. */
export function wordsOf(value: string): string[] {
  return value
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** `a,b` and several times the option mean the same. */
function tags(value: string, before: readonly string[]): string[] {
  const words = wordsOf(value);
  // An empty variable of the shell must not take all steps, nor leave out none.
  if (words.length === 0)
    throw new InvalidArgumentError("It names no tag: leave out the option for all steps.");
  return [...before, ...words];
}

/** An option of its own, and not a value of `--profile`, which would take the playbook that follows for one. */
const PROFILE_ROUND_TRIPS = "--profile=roundtrips";

/** What runs nothing. */
const DRY = ["dryRun", "dryRun=connect"];

/** Options that several commands have, each made anew for its command. */
export const OPTION = {
  inventory: (): Option =>
    new Option("-i, --inventory <source>", "file, folder or list such as web1,web2, (repeatable)")
      .default([], "none")
      .argParser(collect),
  limit: (): Option => new Option("-l, --limit <pattern>", "narrow the hosts; @file holds a pattern a line"),
  extraVars: (): Option =>
    new Option("-e, --extra-vars <vars>", "k=v, @file or JSON; above all other variables (repeatable)")
      .default([], "none")
      .argParser(collect),
  tags: (): Option =>
    new Option("-t, --tags <tags>", "take steps with these tags").default([], "all").argParser(tags),
  skipTags: (): Option =>
    new Option("--skip-tags <tags>", "leave out steps with these tags").default([], "none").argParser(tags),
  modules: (
    description = "more code for every play: ebin folder, glob, .beam or source (repeatable)",
  ): Option =>
    new Option("-m, --modules <path>", description)
      .default([], "none")
      .argParser((value, before: readonly string[]) => [...before, resolve(value)]),
  concurrency: (): Option =>
    new Option("-c, --concurrency <n>", "hosts worked on at the same time")
      .default(50)
      .argParser(positiveInteger),
  connectConcurrency: (): Option =>
    new Option("--connect-concurrency <n>", "hosts connected to at the same time")
      .default(16)
      .argParser(positiveInteger),
  timeout: (): Option =>
    new Option("--timeout <duration>", "limit of a step's attempt, where the step has none")
      .default(300_000, "5m")
      .argParser(limit),
  hostKeyChecking: (): Option =>
    new Option(
      "--host-key-checking <mode>",
      "what to do with host keys (default: what ~/.ssh/config says, or strict)",
    ).choices(["strict", "accept-new", "off"]),
  connectRetries: (): Option =>
    new Option(
      "--connect-retries <n>",
      "how often to try again where the connection fails (default: 2 where that may help soon)",
    ).argParser(wholeNumber),
  askPass: (): Option => new Option("-k, --ask-pass", "ask for the password to log in with"),
  become: (): Option => new Option("-b, --become", "run the BEAM as another user than the one who logs in"),
  becomeMethod: (): Option =>
    new Option(
      "--become-method <method>",
      "program that makes the one user the other (default: sudo)",
    ).choices(BECOME_METHODS),
  becomeUser: (): Option =>
    new Option("--become-user <user>", "user to become (default: root)").argParser(user),
  askBecomePass: (): Option =>
    new Option("-K, --ask-become-pass", "ask for the password that sudo, doas or su wants"),
  output: (): Option =>
    new Option("--output <format>", "what standard output carries")
      .choices(["pretty", "lines", "ndjson"])
      .default("pretty"),
  report: (): Option =>
    new Option("--report <format=file>", "write a report, such as json=run.json (repeatable)")
      .default([], "none")
      .argParser(collect),
  journal: (): Option =>
    new Option(
      "--journal <file>",
      "note down what happens, to explain or resume a run that is killed",
    ).conflicts(DRY),
  shard: (): Option =>
    new Option("--shard <i/n>", "take the i-th of n parts of the hosts; auto: as Kubernetes or GitLab say"),
  resume: (): Option =>
    new Option("--resume <journal>", "go on with a run, leaving out what each host has done").conflicts([
      ...DRY,
      "journal",
    ]),
  keep: (): Option =>
    new Option("--keep <duration>", "hold connections and BEAMs so long for later runs").argParser(lease),
  fresh: (): Option => new Option("--fresh", "use none that an earlier run has left with --keep"),
  verbose: (): Option =>
    new Option("-v, --verbose", "show results and outputs; more with -vv")
      .default(0, "0")
      .argParser((_, before: number) => before + 1),
  profile: (): Option => new Option("--profile", "show in the end which steps took longest"),
  profileRoundTrips: (): Option =>
    new Option(PROFILE_ROUND_TRIPS, "show in the end how often hosts were waited for, messages and bytes"),
  noColor: (): Option => new Option("--no-color", "no colours"),
} as const;
