import { readFileSync } from "node:fs";
import { pageMarkup } from "../page/page-markup.ts";
import type { WrittenReport } from "../written-report.ts";

/** Where the build puts what the page is made of; the same from `src/` and from `dist/`. */
const ASSETS = new URL("../../../dist/page/", import.meta.url);

/** Writes a report as a page to look at: one file that needs no network. */
export function htmlText(report: WrittenReport): string {
  const asset = (name: string): string => readFileSync(new URL(name, ASSETS), "utf8");
  return pageMarkup(report, { script: asset("script.js"), style: asset("page.css") });
}
