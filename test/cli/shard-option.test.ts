import { expect, test } from "vitest";
import { readShard } from "../../src/cli/shard-option.ts";

test.each<[string, NodeJS.ProcessEnv, { index: number; count: number }]>([
  ["2/5", {}, { index: 2, count: 5 }],
  ["1/1", { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "3" }, { index: 1, count: 1 }],
  ["auto", { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "3" }, { index: 2, count: 3 }],
  ["auto", { JOB_COMPLETION_INDEX: "0", JOB_COMPLETIONS: "3" }, { index: 1, count: 3 }],
  ["auto", { JOB_COMPLETION_INDEX: "2", JOB_COMPLETIONS: "3" }, { index: 3, count: 3 }],
])("--shard %s with %o is %o", (value, env, shard) => {
  expect(readShard(value, env)).toEqual(shard);
});

test.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ["0/5", {}, /"0\/5" is none/],
  ["6/5", {}, /"6\/5" is none/],
  ["2", {}, /"2" is none/],
  ["a/b", {}, /"a\/b" is none/],
  ["1/100000", {}, /is none/],
  ["auto", {}, /the environment says nothing/],
  ["auto", { CI_NODE_INDEX: "2" }, /CI_NODE_INDEX "2" of CI_NODE_TOTAL "" is none/],
  ["auto", { JOB_COMPLETION_INDEX: "3", JOB_COMPLETIONS: "3" }, /JOB_COMPLETION_INDEX "3"/],
])("--shard %s with %o is refused", (value, env, why) => {
  expect(() => readShard(value, env)).toThrow(why);
});
