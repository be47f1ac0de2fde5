// Makes the pictures of the README and of docs/cli.md from real runs on a lab of five hosts:
//
//     npm run build && node --import jiti/register docs/pictures/record.ts
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startChromium } from "../../test/live/chromium.ts";
import { screenSvg } from "./screen-svg.ts";
import { Terminal } from "./terminal.ts";

const COLUMNS = 92;
const ROWS = 24;
const CLI = "dist/cli/main.js";
const INVENTORY = "inventory/hosts.yml";

process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
fusionPlay("lab", "up", "--hosts", "5");
try {
  await recordLive();
  await recordRecap();
  await recordPage();
} finally {
  fusionPlay("lab", "down");
}

/** While hosts are at work: one is done, one failed, three are at different steps. */
async function recordLive(): Promise<void> {
  const playbook = "docs/pictures/maintenance.yml";
  await using terminal = open(playbook);
  await terminal.until((screen) => screen.includes("(attempt 4)") && screen.includes("3 running"));
  write(
    "docs/pictures/live.svg",
    terminal,
    "A run goes on: three hosts are at work, one is done, one failed",
  );
}

/** After the end of the playbook that `npm run demo` runs. */
async function recordRecap(): Promise<void> {
  await using terminal = open("playbooks/site.yml");
  await terminal.end();
  write("docs/pictures/recap.svg", terminal, "After a run: what happened on each of five hosts");
}

/** The page of the report of the first run: one host failed. */
async function recordPage(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fusion-play-picture-"));
  try {
    const page = join(folder, "run.html");
    const args = [
      CLI,
      "docs/pictures/maintenance.yml",
      "-i",
      INVENTORY,
      "--output",
      "lines",
      "--report",
      `html=${page}`,
    ];
    spawnSync(process.execPath, args, { stdio: "ignore" });
    await using chromium = await startChromium();
    const { tab } = chromium;
    await tab.resize(1200, 1120);
    await tab.prefer("light");
    await tab.open(pathToFileURL(page).href);
    writeFileSync("docs/pictures/page.png", await tab.screenshot());
    console.log("Wrote docs/pictures/page.png");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function open(playbook: string): Terminal {
  const args = [playbook, "-i", INVENTORY];
  return new Terminal(`fusion-play ${args.join(" ")}`, [CLI, ...args], { columns: COLUMNS, rows: ROWS });
}

function write(file: string, terminal: Terminal, title: string): void {
  writeFileSync(file, screenSvg(terminal.rows(), { columns: COLUMNS, title }));
  console.log(`Wrote ${file}`);
}

function fusionPlay(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [CLI, ...args], { stdio: "inherit" });
  if (status !== 0)
    throw new Error(`Cannot make the pictures: fusion-play ${args.join(" ")} ended with ${status}`);
}
