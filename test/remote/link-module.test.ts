import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import * as module from "../../src/remote/link-module.ts";
import { ACKNOWLEDGE_FRAMES, FRAME_BYTES } from "../../src/remote/link-protocol.ts";

const SOURCE = fileURLToPath(new URL("../../src/remote/fusion_play_dist.erl", import.meta.url));

/** The module, as OTP 24 and all later ones load it, and its forms without comments and macros. */
const COMPILE = `
  [Source] = init:get_plain_arguments(),
  Options = [binary, return, deterministic, r24, no_line_info, warnings_as_errors],
  {ok, _, Beam, []} = compile:file(Source, Options),
  {ok, {_, Stripped}} = beam_lib:strip(Beam),
  {ok, Forms} = epp:parse_file(Source, []),
  Wanted = [module, export, record],
  Texts = [erl_pp:form(Form) || Form <- Forms, element(1, Form) =:= function orelse
    element(1, Form) =:= attribute andalso lists:member(element(3, Form), Wanted)],
  io:format("~s ~s~n~s", [
    erlang:system_info(otp_release), base64:encode(zlib:gunzip(Stripped)), lists:join("\\f", Texts)
  ]),
  halt(0).
`;

test("the module of the link is what its source says; --update compiles it", async () => {
  const md5 = createHash("md5")
    .update(await readFile(SOURCE))
    .digest("hex");
  const { stdout } = await promisify(execFile)("erl", ["-noshell", "-eval", COMPILE, "-extra", SOURCE]);
  const [line = "", ...rest] = stdout.split("\n");
  const [release, compiled] = line.split(" ");
  const texts = rest.join("\n").split("\f");
  const made = {
    otp: release,
    beam: compiled,
    forms: texts.map((text) => text.replaceAll(/\s*\n\s*/g, "\n").trim()),
  };
  const known = { otp: module.COMPILED_BY_OTP, beam: module.LINK_MODULE, forms: module.LINK_FORMS };
  // Another release makes other code of it.
  const { otp, beam, forms } = md5 === module.SOURCE_MD5 && release !== module.COMPILED_BY_OTP ? known : made;
  await expect(`/*
 * Made by test/remote/link-module.test.ts of fusion_play_dist.erl: \`npx vitest run --project rooms test/remote/link-module.test.ts --update\`.
 */

export const SOURCE_MD5 = "${md5}";
export const COMPILED_BY_OTP = "${otp}";
/** The \`.beam\` file, without what only tools read, in base64. */
export const LINK_MODULE: string =
  "${beam}";
/** The forms of the module, for a host that does not load it. */
export const LINK_FORMS: readonly string[] = ${JSON.stringify(forms, null, 2)};
`).toMatchFileSnapshot("../../src/remote/link-module.ts");
});

test("both sides of a link say what they have got after as many frames, which are of the same length", async () => {
  const source = await readFile(SOURCE, "utf8");
  expect(source).toContain(`-define(ACKNOWLEDGE_FRAMES, ${ACKNOWLEDGE_FRAMES}).`);
  expect(source).toContain(`-define(FRAME_BYTES, ${FRAME_BYTES / 1024} * 1024).`);
});
