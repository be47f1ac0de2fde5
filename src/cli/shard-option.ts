import { FusionPlayError } from "../errors.ts";
import type { Shard } from "../engine/shard.ts";

const MOST = 10_000;

/** Variables that tell which part a job is, and where they count from. */
const SOURCES = [
  // An Indexed Job of Kubernetes; how many there are it does not tell its pods by itself.
  { index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS", first: 0 },
  // A job of GitLab with `parallel`.
  { index: "CI_NODE_INDEX", count: "CI_NODE_TOTAL", first: 1 },
] as const;

/**
 * Reads the value of `--shard`: `2/5`, or `auto` for what the environment of Kubernetes or GitLab says.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function readShard(value: string, env: NodeJS.ProcessEnv): Shard {
  if (value === "auto") return shardOfEnvironment(env);
  const [, index, count] = /^(\d+)\/(\d+)$/u.exec(value) ?? [];
  return checked({ index: Number(index), count: Number(count) }, `"${value}"`);
}

function shardOfEnvironment(env: NodeJS.ProcessEnv): Shard {
  for (const { index, count, first } of SOURCES) {
    const [told, total] = [env[index], env[count]];
    if (told === undefined && total === undefined) continue;
    const shard = { index: Number(told ?? Number.NaN) + 1 - first, count: Number(total ?? Number.NaN) };
    return checked(shard, `${index} "${told ?? ""}" of ${count} "${total ?? ""}"`);
  }
  throw new FusionPlayError("Cannot tell which part of the hosts to take: the environment says nothing", {
    code: "USAGE",
    hint: "Write --shard 2/5, or set JOB_COMPLETION_INDEX and JOB_COMPLETIONS, or CI_NODE_INDEX and CI_NODE_TOTAL",
  });
}

function checked(shard: Shard, told: string): Shard {
  const { index, count } = shard;
  const isWhole = Number.isInteger(index) && Number.isInteger(count);
  if (isWhole && index >= 1 && index <= count && count <= MOST) return shard;
  throw new FusionPlayError(`Cannot take a part of the hosts: ${told} is none`, {
    code: "USAGE",
    hint: "Write --shard 2/5 for the second of five parts, or --shard auto",
  });
}
