// Measures what reading one `.beam` file after another takes, in memory: to parse, to strip, and the md5 of the code,
// against one md5 of all bytes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { moduleMd5 } from "../src/beam/module-md5.ts";
import { parseBeam } from "../src/beam/parse-beam.ts";
import { stripBeam } from "../src/beam/strip-beam.ts";
import { measured, quantile } from "./measure.ts";

const ROUNDS = 9;

const script = "io:put_chars(code:lib_dir()), halt().";
const libraries = execFileSync("erl", ["-noshell", "-eval", script], { encoding: "utf8" });
const files = readdirSync(libraries, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".beam"))
  .map((file) => readFileSync(join(libraries, file)));
if (files.length < 100) throw new Error(`OTP has ${files.length} modules`);
const bytes = files.reduce((sum, file) => sum + file.length, 0);
const parsed = files.map((file) => parseBeam(file));
console.log(`${files.length} modules of OTP, ${(bytes / 1e6).toFixed(1)} MB, ${ROUNDS} rounds\n`);
console.log("| work | CPU | a module | rate |\n| --- | --- | --- | --- |");
for (const [what, work] of [
  ["one md5 of the bytes", () => files.forEach((file) => createHash("md5").update(file).digest())],
  ["parse", () => files.forEach((file) => parseBeam(file))],
  ["strip", () => parsed.forEach(({ chunks }) => stripBeam(chunks))],
  ["md5 of the code", () => parsed.forEach(({ chunks }) => moduleMd5(chunks))],
] as const) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push((await measured(work)).cpu);
  const ms = quantile(times);
  const each = ((ms * 1000) / files.length).toFixed(0);
  console.log(`| ${what} | ${ms.toFixed(0)} ms | ${each} µs | ${(bytes / 1000 / ms).toFixed(0)} MB/s |`);
}
