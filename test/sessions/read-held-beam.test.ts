import { expect, test } from "vitest";
import type { HeldBeam } from "../../src/remote/session-keeper.ts";
import { readHeldBeam } from "../../src/sessions/read-held-beam.ts";

const BEAM: HeldBeam = {
  runtime: { otp: "25", elixir: null, architecture: "x86_64-pc-linux-gnu", bits: 64 },
  nodeName: "fusion_1@127.0.0.1",
  cookie: "c",
  linkPort: 4000,
  linkToken: "t",
  pid: 7,
  command: 4,
  nextId: 20,
  installed: { applications: [], uploads: 0 },
};

test("readHeldBeam() takes what a run says of its BEAM", () => {
  expect(readHeldBeam(JSON.parse(JSON.stringify(BEAM)))).toEqual(BEAM);
});

test.each(Object.keys(BEAM))("readHeldBeam() refuses it without %s", (key) => {
  expect(readHeldBeam({ ...BEAM, [key]: undefined })).toBeUndefined();
});

test.each([null, 1, "x", [], { ...BEAM, pid: -1 }, { ...BEAM, cookie: "" }, { ...BEAM, linkPort: 1.5 }])(
  "readHeldBeam() refuses %j",
  (note) => {
    expect(readHeldBeam(note)).toBeUndefined();
  },
);
