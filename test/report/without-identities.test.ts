import { expect, test } from "vitest";
import { withoutIdentities } from "../../src/report/without-identities.ts";

test.each([
  ["{ok, <0.12.0>}", "{ok, <…>}"],
  ["[#Port<0.5>, #Ref<0.1.2.3>]", "[#Port<…>, #Ref<…>]"],
  ["%{pid: #PID<0.12.0>, ref: #Reference<0.1.2.3>}", "%{pid: #PID<…>, ref: #Reference<…>}"],
  ["/tmp/fusion-play-oyJaCc3sP5j5/1/a-1.0.0/priv", "/tmp/fusion-play-…/1/a-1.0.0/priv"],
  ["in '/var/tmp/fusion-play-oyJaCc3sP5j5'", "in '/var/tmp/fusion-play-…'"],
])("withoutIdentities() of %j", (printed, text) => {
  expect(withoutIdentities(printed)).toBe(text);
});

test.each([
  "/opt/fusion-play-1.2.3/bin",
  "/srv/fusion-play-architecture.md",
  "/srv/fusion-play-architecture-2",
])("withoutIdentities() leaves %j as it is", (printed) => {
  expect(withoutIdentities(printed)).toBe(printed);
});
