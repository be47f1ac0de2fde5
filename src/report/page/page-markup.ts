import { createHash } from "node:crypto";
import { formatCount, formatDuration } from "../quantity.ts";
import { failuresIn, hostEnds, type Failure, type WrittenReport } from "../written-report.ts";
import { failuresMarkup } from "./failures-markup.ts";
import { makePageData } from "./make-page-data.ts";
import { jsonMarkup, Markup, markup } from "./markup.ts";
import { OUTCOMES, type PageData } from "./page-data.ts";

/** What the page is made of besides the run: plain texts of ours. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** What exit codes of a run mean; docs/cli.md has them as well. */
const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "every host ended ok",
  2: "at least one host failed",
  4: "at least one host was unreachable, none failed",
  6: "some hosts failed, some were unreachable",
  129: "stopped by SIGHUP",
  130: "stopped by Ctrl-C",
  143: "stopped by SIGTERM",
};

const HOST_STATUSES = ["ok", "failed", "unreachable", "skipped", "cancelled"] as const;

const TIMELINE = ["connect", "boot", "push", "ok", "changed", "failed"] as const;

/**
 * Writes a report as one page that needs nothing else: no network, and no script but its own. What comes from hosts and
 * files is text in it, wherever it stands.
 */
export function pageMarkup(report: WrittenReport, { script, style }: PageAssets): string {
  const data = makePageData(report);
  const failures = failuresIn(report);
  const policy = [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${report.status}: ${report.plays.map(({ name }) => name).join(", ")} - fusion-play</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#hosts">To the hosts</a>
${headMarkup(report)}
<nav aria-label="Sections"><ul>
<li><a href="#failures">Failures${failures.length > 0 ? ` (${failures.length})` : ""}</a></li>
<li class="live"><a href="#hosts">Hosts and steps</a></li>
<li class="live"><a href="#timeline">Timeline</a></li>
<li class="live"><a href="#differences">Differences</a></li>
${data.modules.length > 0 ? markup`<li class="live"><a href="#modules">Modules (${data.modules.length})</a></li>` : ""}
</ul></nav>
<main>
<section id="failures" aria-labelledby="failures-title">
<h2 id="failures-title">Failures</h2>
${failuresMarkup(failures, linksOf(report, data))}
</section>
<noscript><p>The table of hosts and steps, the timeline and all results need JavaScript.</p></noscript>
${liveMarkup()}
</main>
<footer>Written by fusion-play from the report of the run. Times of this page count from its begin.</footer>
<script type="application/json" id="data">${jsonMarkup(data)}</script>
<script>${new Markup(script)}</script>
</body>
</html>
`.html;
}

function headMarkup(report: WrittenReport): Markup {
  const { status, exit_code, started_at, duration_ms, plays } = report;
  const ends = hostEnds(report);
  const counts = HOST_STATUSES.flatMap((each) => {
    const count = ends.filter((end) => end.status === each).length;
    return count === 0 ? [] : [markup`<span class="badge sign s-${each}">${count} ${each}</span>\n`];
  });
  const meaning = EXIT_CODES[exit_code];
  const date = started_at.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
  return markup`<header>
<div class="top">
<h1><span class="badge sign s-${status}">Run ${status}</span></h1>
<span class="muted">exit code ${exit_code}${meaning === undefined ? "" : `: ${meaning}`}</span>
<button type="button" id="theme" class="live">Light or dark</button>
</div>
<p class="facts">
<span><time datetime="${started_at}">${date}</time></span>
<span><strong>${formatDuration(duration_ms)}</strong></span>
<span>${formatCount(plays.length, "play")}: ${plays.map(({ name }) => name).join(", ")}</span>
<span class="line"><strong>${formatCount(ends.length, "host")}</strong> ${counts}</span>
</p>
</header>`;
}

/** What the script fills. */
function liveMarkup(): Markup {
  const outcomes = OUTCOMES.map((outcome) => markup`<li class="sign s-${outcome}">${outcome}</li>\n`);
  const bars = TIMELINE.map((type) => markup`<li class="bar b-${type}">${type}</li>\n`);
  return markup`<div class="live">
<section id="hosts" aria-labelledby="hosts-title">
<h2 id="hosts-title">Hosts and steps</h2>
<div class="tools" role="search">
<label id="plays">Play <select id="play"></select></label>
<label>Find <input id="search" type="search" placeholder="host, result, output or error" autocomplete="off"></label>
<div id="outcomes" role="group" aria-label="Show only hosts that ended"></div>
<span id="count" class="muted" role="status"></span>
</div>
<div id="matrix" class="scroller"></div>
<ul class="legend">${outcomes}<li class="dot">unlike most hosts</li></ul>
</section>
<section id="timeline" aria-labelledby="timeline-title">
<h2 id="timeline-title">Timeline</h2>
<div id="bars" class="scroller"></div>
<ul class="legend">${bars}</ul>
</section>
<section id="differences" aria-labelledby="differences-title">
<h2 id="differences-title">Differences between hosts</h2>
<div id="differing"></div>
</section>
<section id="modules" aria-labelledby="modules-title">
<h2 id="modules-title">Modules that were shipped</h2>
<div id="shipped"></div>
</section>
<aside id="details" role="dialog" aria-labelledby="details-title" hidden>
<div class="details-head"><div><h2 id="details-title" tabindex="-1"></h2><p id="details-subtitle" class="muted"></p></div>
<button type="button" id="details-close">Close</button></div>
<div id="details-content"></div>
</aside>
</div>`;
}

/** Gives the link to where a failure is told whole. */
function linksOf(report: WrittenReport, data: PageData): (failure: Failure) => string | undefined {
  return ({ play, host, step }) => {
    const index = report.plays.findIndex(({ name, hosts }) => {
      if (name !== play || hosts[host] === undefined) return false;
      return step === undefined ? hosts[host].error !== null : hosts[host].steps.includes(step);
    });
    const ofHost = Object.keys(report.plays[index]?.hosts ?? {}).indexOf(host);
    if (index < 0 || ofHost < 0) return undefined;
    if (step === undefined) return `#h${index}.${ofHost}`;
    const place = report.plays[index]?.hosts[host]?.steps.indexOf(step) ?? 0;
    return `#c${index}.${ofHost}.${data.plays[index]?.hosts[ofHost]?.columns?.[place] ?? place}`;
  };
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
