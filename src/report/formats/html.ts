import { pageMarkup } from "../page/page-markup.ts";
import { pageAsset } from "../page-asset.ts";
import type { WrittenReport } from "../written-report.ts";

/** Writes a report as a page to look at: one file that needs no network. */
export function htmlText(report: WrittenReport): string {
  return pageMarkup(report, { script: pageAsset("script.js"), style: pageAsset("page.css") });
}
