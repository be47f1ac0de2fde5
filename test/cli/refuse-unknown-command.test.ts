import { expect, test } from "vitest";
import { refuseUnknownCommand } from "../../src/cli/refuse-unknown-command.ts";

const COMMANDS = ["run", "call", "validate", "lab"];

test("refuseUnknownCommand() suggests the command that a word was meant to be", () => {
  expect(() => refuseUnknownCommand(["validat", "site.yml"], COMMANDS)).toThrow(
    expect.objectContaining({
      message: 'Cannot run "validat": it is neither a command nor a playbook',
      code: "USAGE",
      hint: 'Did you mean "validate"?',
    }),
  );
});

test("refuseUnknownCommand() lists the commands where none is near", () => {
  expect(() => refuseUnknownCommand(["doctor"], COMMANDS)).toThrow(
    expect.objectContaining({
      hint: "The commands are run, call, validate, lab; playbooks end in .yml, .yaml or .ts",
    }),
  );
});

test("refuseUnknownCommand() lets files pass", () => {
  refuseUnknownCommand(["site.yml", "plays/site", "./site"], COMMANDS);
});

test("refuseUnknownCommand() says that a command comes first, of one that stands behind options", () => {
  expect(() => refuseUnknownCommand(["call", "all", "os:getpid()"], COMMANDS)).toThrow(
    expect.objectContaining({
      code: "USAGE",
      message: 'Cannot run "call" here: a command stands before its options',
      hint: "Write it first: fusion-play call …",
    }),
  );
});
