// Records a run in which a host and a step end in every way, for the tests of the formats:
//
//     node --import jiti/register test/report/record-run.ts
//
// The run is resumed, and stopped in the end. What is different each time, such as ports and times, is made the same.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moduleSources } from "../../src/cli/module-sources.ts";
import { loadFiles } from "../../src/cli/load-files.ts";
import { defaultSettings, sshConnector } from "../../src/cli/ssh-connector.ts";
import type { RunEvent } from "../../src/engine/run-event.ts";
import type { RunOptions } from "../../src/engine/run-options.ts";
import { runPlaybooks } from "../../src/engine/run.ts";
import { toLosslessJson } from "../../src/journal/lossless-json.ts";
import { maskEvents } from "../../src/report/mask-events.ts";
import { openKeys } from "../../src/secrets/open-keys.ts";
import { MemoryJournal } from "../journal/memory-journal.ts";
import { startSshd } from "../live/sshd.ts";
import { hostOf } from "../live/workspace.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "reports", "every-status");
/** So many steps of the second host are done before the run is resumed. */
const STEPS_BEFORE = 3;
const FOLDER = "/home/me/fleet";
const PORT = "2222";
const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const DURATIONS = new Set(["duration_ms", "push_ms", "away_ms"]);

const folder = mkdtempSync(join(tmpdir(), "fusion-play-record-"));
const sshd = await startSshd();
const closed = createServer().listen(0, "127.0.0.1");
await once(closed, "listening");
const nobody = (closed.address() as AddressInfo).port;
closed.close();
try {
  await record();
} finally {
  await sshd.stop();
  rmSync(folder, { recursive: true });
}

async function record(): Promise<void> {
  cpSync(FIXTURES, folder, { recursive: true });
  mkdirSync(join(folder, "cache"));
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
  process.chdir(folder);
  const up = hostOf(sshd);
  const down = { ...up, fusion_port: nobody };
  const names = ["web1", "web2", "disk", "small", "gone", "büro-①", "late1", "late2", "slow", "away"];
  const hosts = Object.fromEntries(
    names.map((name) => [name, name === "gone" || name === "away" ? down : up]),
  );
  writeFileSync("hosts.json", JSON.stringify({ all: { hosts } }));

  const begun = new MemoryJournal();
  const first = new AbortController();
  await play({
    limit: "web1,web2",
    journal: begun,
    signal: first.signal,
    onEvent: (event) => {
      if (event.type === "play_started" && event.play === "Endless") first.abort();
    },
  });
  const ended = begun.lines.flatMap((line, index) =>
    line.includes('"step_ended"') && line.includes('"web2"') ? [index] : [],
  );
  const killed = begun.killedAfter((ended[STEPS_BEFORE - 1] ?? 0) + 1);

  const events: RunEvent[] = [];
  const second = new AbortController();
  await play({
    resumed: killed.resumed,
    signal: second.signal,
    onEvent: (event) => {
      events.push(structuredEvent(event));
      if (event.type === "step_output" && event.text.startsWith("waiting")) second.abort();
    },
  });
  const lines = alike(events).map((event) => JSON.stringify(event));
  writeFileSync(join(FIXTURES, "events.ndjson"), `${lines.join("\n")}\n`);
}

/** An event as it is now: reports are written on as the run goes on. */
function structuredEvent(event: RunEvent): RunEvent {
  return JSON.parse(JSON.stringify(toLosslessJson(event))) as RunEvent;
}

async function play(
  options: Pick<RunOptions, "limit" | "journal" | "resumed" | "signal" | "onEvent">,
): Promise<void> {
  const keys = await openKeys({}, { workingDirectory: folder, ask: () => Promise.reject(new Error()) });
  const { playbooks, inventory } = await loadFiles(["site.yml"], ["hosts.json"], { keys });
  await runPlaybooks({
    ...options,
    playbooks,
    inventory,
    openModules: moduleSources([]),
    connect: sshConnector({ defaults: defaultSettings({}), secrets: keys.secrets, connectRetries: 0 }),
    // One after the other, so that the order is the same each time.
    concurrency: 1,
    connectConcurrency: 1,
    onEvent: maskEvents(options.onEvent, keys.secrets),
    onHidden: (data, host) => keys.secrets.addResult(data, host),
  });
}

/** Replaces what is different each time; what was the same stays the same. */
function alike(events: readonly RunEvent[]): unknown[] {
  const order = events.map(({ at }) => at);
  const durations = new Map<unknown, number>([[0, 0]]);
  const timeOf = (index: number): string => new Date(START + index * 100).toISOString();
  return events.map(({ at: _at, ...event }, index) => {
    const rest = walk(event, (key, value) => {
      // That of the event that came with it; what was done before the run was resumed has none.
      if (key === "started_at")
        return timeOf(String(value) < (order[0] ?? "") ? -1 : order.findIndex((at) => at >= String(value)));
      if (DURATIONS.has(key)) {
        if (!durations.has(value)) durations.set(value, durations.size * 1.25);
        return durations.get(value);
      }
      if (typeof value !== "string") return value;
      return value
        .replaceAll(folder, FOLDER)
        .replaceAll(String(sshd.port), PORT)
        .replaceAll(String(nobody), PORT);
    });
    return { ...(rest as object), at: timeOf(index) };
  });
}

function walk(value: unknown, change: (key: string, value: unknown) => unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((part) => walk(part, change, key));
  if (typeof value !== "object" || value === null) return change(key, value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, walk(part, change, name)]));
}
