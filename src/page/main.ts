import type { PageData } from "../report/page/page-data.ts";
import { formatCount } from "../report/quantity.ts";
import { showDetails } from "./details.ts";
import { showDifferences } from "./differences.ts";
import { byId, element } from "./dom.ts";
import { placeOf } from "./links.ts";
import { Matrix } from "./matrix.ts";
import { showModules } from "./modules.ts";
import { HOST_OUTCOMES, type HostOutcome, type PlayView, RunView } from "./run-view.ts";
import { selectHosts } from "./select-hosts.ts";
import { Timeline } from "./timeline.ts";

const run = new RunView(JSON.parse(byId("data").textContent ?? "") as PageData);
const matrix = new Matrix((link) => {
  location.hash = link;
});
const timeline = new Timeline();
const search = byId("search") as HTMLInputElement;
const plays = byId("play") as HTMLSelectElement;
const wanted: Set<HostOutcome> = new Set();
/** What had the focus before details were opened. */
let opener: Element | null = null;

function currentPlay(): PlayView | undefined {
  return run.plays[Number(plays.value)];
}

function showHosts(): void {
  const play = currentPlay();
  if (play === undefined) return;
  const hosts = selectHosts(play, { query: search.value, outcomes: wanted }, run.data.texts);
  matrix.show(play, hosts);
  timeline.show(play, hosts);
  byId("count").textContent =
    hosts.length === play.hosts.length
      ? formatCount(hosts.length, "host")
      : `${hosts.length} of ${formatCount(play.hosts.length, "host")}`;
}

function showPlay(): void {
  const play = currentPlay();
  if (play === undefined) return;
  wanted.clear();
  const buttons = HOST_OUTCOMES.flatMap((outcome) => {
    const count = play.hosts.filter((host) => host.outcome === outcome).length;
    return count === 0 ? [] : [outcomeButton(outcome, count)];
  });
  byId("outcomes").replaceChildren(...buttons);
  showHosts();
  showDifferences(run, play);
}

function outcomeButton(outcome: HostOutcome, count: number): HTMLElement {
  const attributes = { type: "button", class: `sign s-${outcome}`, "aria-pressed": "false" };
  const button = element("button", attributes, `${count} ${outcome}`);
  button.addEventListener("click", () => {
    if (wanted.has(outcome)) wanted.delete(outcome);
    else wanted.add(outcome);
    button.setAttribute("aria-pressed", String(wanted.has(outcome)));
    showHosts();
  });
  return button;
}

function followAddress(): void {
  const place = placeOf(location.hash);
  if (place === undefined) return;
  if (byId("details").hidden) opener = document.activeElement;
  if (!showDetails(run, place)) return;
  document.body.classList.add("has-details");
  byId("details-title").focus();
}

function closeDetails(): void {
  byId("details").hidden = true;
  document.body.classList.remove("has-details");
  history.replaceState(null, "", "#hosts");
  if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
}

function toggleTheme(): void {
  const root = document.documentElement;
  const isDark =
    (root.dataset["theme"] ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) ===
    "dark";
  root.dataset["theme"] = isDark ? "light" : "dark";
}

plays.replaceChildren(...run.plays.map(({ index, play }) => element("option", { value: index }, play.name)));
byId("plays").hidden = run.plays.length < 2;
const failed = run.plays.findIndex(({ ordered }) =>
  ["failed", "unreachable"].includes(ordered[0]?.outcome ?? ""),
);
plays.value = String(Math.max(0, failed));
plays.addEventListener("change", showPlay);
search.addEventListener("input", showHosts);
byId("theme").addEventListener("click", toggleTheme);
byId("details-close").addEventListener("click", closeDetails);
addEventListener("hashchange", followAddress);
addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && !byId("details").hidden) closeDetails();
});
addEventListener("beforeprint", () => {
  matrix.showWhole(true);
  timeline.showWhole(true);
});
addEventListener("afterprint", () => {
  matrix.showWhole(false);
  timeline.showWhole(false);
});
document.body.classList.add("is-live");
showPlay();
showModules(run.data.modules);
followAddress();
// What tests wait for.
document.documentElement.dataset["readyMs"] = String(Math.round(performance.now()));
