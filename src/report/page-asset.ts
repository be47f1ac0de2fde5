import { readFileSync } from "node:fs";

/** Where the build puts what the page is made of; the same from `src/report/` and from `dist/chunks/`. */
const ASSETS = new URL("../../dist/page/", import.meta.url);

/** Reads the script or the style of the page. */
export function pageAsset(name: "script.js" | "page.css"): string {
  return readFileSync(new URL(name, ASSETS), "utf8");
}
