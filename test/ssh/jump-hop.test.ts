import { expect, test } from "vitest";

import { parseJumpHop, parseJumpHops } from "../../src/ssh/jump-hop.ts";

test.each([
  ["bastion", { host: "bastion" }],
  ["ops@bastion.example.com:2222", { user: "ops", host: "bastion.example.com", port: 2222 }],
  ["ssh://ops@bastion:2222/", { user: "ops", host: "bastion", port: 2222 }],
  ["ssh://bastion", { host: "bastion" }],
  ["::1", { host: "::1" }],
  ["ops@fe80::1%eth0", { user: "ops", host: "fe80::1%eth0" }],
  ["[::1]", { host: "::1" }],
  ["ops@[::1]:2222", { user: "ops", host: "::1", port: 2222 }],
  ["ssh://ops@[::1]:2222", { user: "ops", host: "::1", port: 2222 }],
  [" 10.0.0.1 ", { host: "10.0.0.1" }],
])("parseJumpHop() reads %s", (text, hop) => {
  expect(parseJumpHop(text)).toEqual(hop);
});

test.each(["", "@bastion", "bastion:", "bastion:0", "bastion:65536", "bastion:x", "-oProxyCommand=id"])(
  "parseJumpHop() refuses %s",
  (text) => {
    expect(parseJumpHop(text)).toBeUndefined();
  },
);

test.each(["$(id)", "a b", "{{ bastion }}", "a;b", "us er@b", "$u@b", "http://b"])(
  "parseJumpHop() refuses what a shell or a template would act on: %s",
  (text) => {
    expect(parseJumpHop(text)).toBeUndefined();
  },
);

test("parseJumpHops() reads several, and none", () => {
  expect(parseJumpHops("a,ops@b:22")).toEqual([{ host: "a" }, { user: "ops", host: "b", port: 22 }]);
  expect(parseJumpHops("none")).toEqual([]);
  expect(parseJumpHops("a,,b")).toBeUndefined();
});
