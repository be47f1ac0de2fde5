import { expect, test } from "vitest";
import { jumpInArguments } from "../../src/inventory/ssh-arguments.ts";

test.each([
  ["-J bastion", "bastion"],
  ["-Jops@bastion:2222,inner", "ops@bastion:2222,inner"],
  ["-C -o ControlMaster=auto -o ProxyJump=bastion", "bastion"],
  ["-oProxyJump=bastion", "bastion"],
  ['-o "ProxyJump bastion"', "bastion"],
  [`-o ProxyCommand="ssh -W %h:%p -q ops@bastion"`, "ops@bastion"],
  [`-o ProxyCommand='ssh -p 2222 -l ops -W %h:%p bastion'`, "ops@bastion:2222"],
  [`-o ProxyCommand="/usr/bin/ssh -q bastion -W %h:%p"`, "bastion"],
])("jumpInArguments() finds the way in %s", (text, jump) => {
  expect(jumpInArguments(text)).toBe(jump);
});

test.each([
  "",
  "-o StrictHostKeyChecking=no",
  "-o 'unclosed",
  // What these do besides, nothing here would do.
  `-o ProxyCommand="nc -X connect -x proxy:3128 %h %p"`,
  `-o ProxyCommand="ssh -i other_key -W %h:%p bastion"`,
  `-o ProxyCommand="ssh bastion nc %h %p"`,
  "-o ProxyCommand=none",
])("jumpInArguments() finds no way in %s", (text) => {
  expect(jumpInArguments(text)).toBeUndefined();
});
