// Writes the page of a run of a thousand hosts and fifty steps, and opens it in Chromium: once where hosts gave the
// same in most steps, and once where every host gave something else and printed twenty lines in each.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pageMarkup } from "../src/report/page/page-markup.ts";
import { startChromium } from "../test/live/chromium.ts";
import { largeReport } from "../test/report/large-report.ts";
import { measured, quantile } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = 7;
const RUN = { hosts: 1000, steps: 50 };

const assets = {
  script: readFileSync("dist/page/script.js", "utf8"),
  style: readFileSync("dist/page/page.css", "utf8"),
};
const folder = temporaryFolder();
const chromium = await startChromium();
try {
  await chromium.tab.resize(1440, 1000);
  for (const [what, allDiffer] of [
    ["most results the same", false],
    ["no result twice", true],
  ] as const) {
    const report = largeReport({ ...RUN, allDiffer });
    let page = "";
    const { cpu } = await measured(() => (page = pageMarkup(report, assets)));
    const file = join(folder, "run.html");
    writeFileSync(file, page);
    const opened: number[] = [];
    for (let round = 0; round < ROUNDS; round++) opened.push(await open(pathToFileURL(file).href));
    console.log(
      `${RUN.hosts} hosts, ${RUN.steps} steps, ${what}: ${(Buffer.byteLength(page) / 1e6).toFixed(1)} MB, ` +
        `${cpu.toFixed(0)} ms of CPU to write, ${quantile(opened).toFixed(0)} ms to open (best ${Math.min(...opened).toFixed(0)})`,
    );
  }
} finally {
  await chromium[Symbol.asyncDispose]();
}

/** Opens a page; gives how long it took until the table stood there, in ms. */
async function open(url: string): Promise<number> {
  await chromium.tab.open("about:blank");
  const { wall } = await measured(async () => {
    await chromium.tab.open(url);
    await chromium.tab.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
    );
  });
  return wall;
}
