import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { writtenReport, type WrittenReport } from "../../src/report/written-report.ts";
import { largeReport } from "../report/large-report.ts";
import { sampleReport } from "../report/sample-run.ts";
import { startChromium, type Chromium, type Tab } from "./chromium.ts";
import { PROGRAM, openWorkspace, type Workspace } from "./workspace.ts";

const run = promisify(execFile);

let workspace: Workspace;
let chromium: Chromium;
let tab: Tab;

/** What would show that a text was taken for HTML or script. */
const HOSTILE = '"><img src=x onerror="window.wasRun=1"></script><script>window.wasRun=1</script>';

/** The sample with such a text wherever one comes from a file or a host. */
function hostileReport(): WrittenReport {
  const sample = writtenReport(sampleReport);
  const [play] = sample.plays;
  const hosts = Object.entries(play?.hosts ?? {}).map(([host, end]) => [
    `${HOSTILE}${host}`,
    {
      ...end,
      error: end.error === null ? null : { ...end.error, message: HOSTILE },
      steps: end.steps.map((step) => ({
        ...step,
        name: `${HOSTILE}${step.name}`,
        printed: HOSTILE,
        output: HOSTILE,
        error: step.error === null ? null : { ...step.error, message: HOSTILE, stacktrace: [HOSTILE] },
        pushed: step.pushed.map((module) => ({ ...module, reason: HOSTILE })),
      })),
    },
  ]);
  return { ...sample, plays: [{ name: HOSTILE, hosts: Object.fromEntries(hosts) as never }] };
}

beforeAll(async () => {
  workspace = await openWorkspace({});
  const reports = {
    sample: writtenReport(sampleReport),
    hostile: hostileReport(),
    large: largeReport({ hosts: 1000, steps: 50 }),
  };
  for (const [name, report] of Object.entries(reports)) {
    await workspace.write({ [`${name}.json`]: report });
    await run(process.execPath, [PROGRAM, "report", `${name}.json`, "--to", `html=${name}.html`], {
      cwd: workspace.folder,
    });
  }
  chromium = await startChromium();
  ({ tab } = chromium);
});

afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await tab.resize(1440, 1000);
  await tab.prefer("light");
});

async function open(name: string, hash = ""): Promise<void> {
  // Another address with the same path would not be loaded anew.
  await tab.open("about:blank");
  await tab.open(`${pathToFileURL(join(workspace.folder, `${name}.html`)).href}${hash}`);
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- of the page
  const readyMs = await tab.evaluate("document.documentElement.dataset.readyMs");
  expect(Number(readyMs)).toBeGreaterThan(0);
}

/** The texts of the elements of a selector. */
const texts = (selector: string): Promise<string[]> =>
  tab.evaluate(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((each) => each.innerText.trim())`,
  ) as Promise<string[]>;

/** Waits until an expression holds in the page. */
const until = (expression: string): Promise<void> =>
  tab.evaluate(`new Promise((resolve) => {
    const look = () => (${expression}) ? resolve() : requestAnimationFrame(look);
    look();
  })`) as Promise<void>;

async function type(text: string): Promise<void> {
  await tab.evaluate(`(() => {
    const search = document.getElementById("search");
    search.value = ${JSON.stringify(text)};
    search.dispatchEvent(new Event("input"));
  })()`);
}

test("the page tells what failed, and has a table of hosts and steps, what failed first", async () => {
  await open("sample");
  expect(await texts("h1")).toEqual(["Run cancelled"]);
  expect(await texts("#failures li h3")).toEqual([
    expect.stringContaining("web2"),
    expect.stringContaining("web3"),
    expect.stringContaining("web4"),
  ]);
  expect((await texts("#matrix tbody th a")).slice(0, 3)).toEqual(["web2", "web3", "web4"]);
  expect(await texts("#matrix thead th")).toEqual(expect.arrayContaining(["Host", "Collect", "Flaky"]));
  expect(await texts("h2")).toEqual(
    expect.arrayContaining(["Failures", "Hosts and steps", "Differences between hosts"]),
  );
  const boxes = (await tab.evaluate(
    `["h1", "#failures li", "#matrix tbody td", "#outcomes button"].map((selector) => {
      const { width, height, left, right } = document.querySelector(selector).getBoundingClientRect();
      return width > 8 && height > 8 && left >= 0 && right <= innerWidth;
    })`,
  )) as boolean[];
  expect(boxes).toEqual([true, true, true, true]);
});

test("a step is opened with the keyboard: its result as a term, what it printed and shipped; Escape closes it", async () => {
  await open("sample");
  await tab.evaluate(`document.querySelector('[data-cell="0.0"]').focus()`);
  expect(await tab.evaluate("document.querySelectorAll('#matrix [tabindex=\"0\"]').length")).toBe(1);
  const row = (await texts("#matrix tbody th a")).indexOf("web1");
  for (let count = 0; count < row; count++) await tab.press("ArrowDown", 40);
  await tab.press("Home", 36);
  await until(`document.activeElement.dataset.cell === "${row}.0"`);
  const label = (await tab.evaluate("document.activeElement.getAttribute('aria-label')")) as string;
  expect(label).toMatch(/^web1, .+: (ok|changed|not done)/);
  await open("sample", "#c0.0.2");
  expect(await texts("#details-title")).toEqual(["Collect"]);
  const told = (await texts("#details-content"))[0] ?? "";
  expect(told).toContain('status: "ok"');
  expect(told).toContain("raw: <<255, 0>>");
  expect(told).toContain("checking");
  expect(told).toContain("3 attempts");
  await tab.press("Escape", 27);
  expect(await tab.evaluate("document.getElementById('details').hidden")).toBe(true);
  await tab.evaluate(`document.querySelector('[data-cell="0.0"]').focus()`);
  for (let column = 0; column < 5; column++) {
    await tab.press("Enter", 13);
    if (!(await tab.evaluate("document.getElementById('details').hidden"))) break;
    await tab.press("ArrowRight", 39);
  }
  await until("!document.getElementById('details').hidden");
  expect(await texts("#details-subtitle")).toEqual(["web2, Fleet health"]);
  expect((await texts("#details-content"))[0]).toContain("ASSERTION_FAILED: only 12 MB");
});

test("nothing of a host or a file is run or fetched, and the page complains of nothing", async () => {
  await open("hostile", "#c0.0.0");
  for (const hash of ["#h0.0", "#h0.3", "#s0.0", "#c0.2.2"]) {
    await tab.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await until("!document.getElementById('details').hidden");
  }
  await tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
  await type("img");
  expect((await texts("#matrix tbody th a"))[0]).toContain("<img src=x");
  expect(await tab.evaluate("window.wasRun === undefined && document.images.length === 0")).toBe(true);
  expect(await tab.evaluate("document.scripts.length")).toBe(2);
  expect(tab.requests.filter((url) => url !== "about:blank")).toEqual([]);
  expect(tab.complaints).toEqual([]);
});

test("the policy of the page keeps what would be put into it from being run", async () => {
  await open("sample");
  const refused = await tab.evaluate(`(() => {
    try { document.body.innerHTML = "<b>"; return "taken"; } catch (error) { return error.name; }
  })()`);
  expect(refused).toBe("TypeError");
  const fetched = await tab.evaluate(`fetch("http://127.0.0.1:9/").then(() => "fetched", () => "refused")`);
  expect(fetched).toBe("refused");
  tab.complaints.length = 0;
  tab.requests.length = 0;
});

test("of a thousand hosts and fifty steps only those in view are elements, and all of them are found", async () => {
  expect((await stat(join(workspace.folder, "large.html"))).size).toBeLessThan(25_000_000);
  await open("large");
  expect(await tab.evaluate("document.querySelectorAll('*').length")).toBeLessThan(8000);
  expect(await texts("#count")).toEqual(["1000 hosts"]);
  expect((await texts("#matrix tbody th a")).slice(0, 2)).toEqual(["web0007", "web0011"]);
  await tab.evaluate("document.getElementById('matrix').scrollTop = 1e7");
  await until("document.querySelector('#matrix [data-row=\"999\"]') !== null");
  expect((await texts('#matrix [data-row="999"] th a'))[0]).toBe("web1000");
  expect(await tab.evaluate("document.querySelectorAll('#matrix tbody tr').length")).toBeLessThan(120);
  await type("memory_mb: 99");
  expect(await texts("#count")).toEqual(["1 of 1000 hosts"]);
  expect(await texts("#matrix tbody th a")).toEqual(["web0013"]);
  expect(await tab.evaluate("document.querySelectorAll('#matrix td.hit').length")).toBe(1);
  await type("");
  await tab.evaluate("document.querySelector('#outcomes .s-unreachable').click()");
  expect(await texts("#count")).toEqual(["1 of 1000 hosts"]);
  expect(await texts("#bars tbody th a")).toEqual(["web0011"]);
});

test("what differs between hosts is told with the lines of the term that do", async () => {
  await open("large");
  const steps = await texts("#differing summary");
  expect(steps[0]).toContain("1 host of");
  await tab.evaluate("document.querySelector('#differing details').open = true");
  await until("document.querySelector('#differing ins') !== null");
  expect((await texts("#differing del"))[0]).toContain("memory_mb: 15");
  expect((await texts("#differing ins"))[0]).toContain("memory_mb: 99");
});

test("the timeline has a stretch for each phase and step, and the modules are there with their sizes", async () => {
  await open("large");
  const bars = (await tab.evaluate(
    `[...document.querySelectorAll('#bars tbody tr[data-row="2"] .bar')].slice(0, 4).map((bar) => bar.className)`,
  )) as string[];
  expect(bars).toEqual(["bar b-connect", "bar b-boot", "bar b-push", "bar b-ok"]);
  expect(
    await tab.evaluate("document.querySelector('#bars .b-boot').getBoundingClientRect().width > 0"),
  ).toBe(true);
  expect((await texts(".module"))[0]).toMatch(
    /RemoteHealth\s[^]*4\.1 kB[^]*to 1000 hosts|RemoteHealth\s[^]*4\.1 kB[^]*to 999 hosts/,
  );
});

test("the page is dark where that is preferred, and the other one at a click", async () => {
  const background = (): Promise<string> =>
    tab.evaluate("getComputedStyle(document.body).backgroundColor") as Promise<string>;
  await open("sample");
  const light = await background();
  await tab.prefer("dark");
  const dark = await background();
  expect(dark).not.toBe(light);
  await tab.evaluate("document.getElementById('theme').click()");
  expect(await background()).toBe(light);
  await tab.evaluate("document.getElementById('theme').click()");
  expect(await background()).toBe(dark);
});

test("on a narrow screen nothing is wider than the screen but what scrolls by itself", async () => {
  await tab.resize(390, 844);
  await open("sample", "#c0.0.1");
  expect(await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  expect(await tab.evaluate("document.getElementById('details').getBoundingClientRect().width")).toBe(390);
});

test("on paper there are as many hosts as go there, what failed first, and no button", async () => {
  await open("large");
  await tab.evaluate("dispatchEvent(new Event('beforeprint'))");
  const rows = (await texts("#matrix tbody tr[data-row] th a")).length;
  expect(rows).toBeGreaterThan(100);
  expect((await texts("#matrix tbody tr:last-child th"))[0]).toBe(`… and ${1000 - rows} more`);
  await tab.send("Emulation.setEmulatedMedia", { media: "print" });
  expect(await tab.evaluate("getComputedStyle(document.querySelector('.tools')).display")).toBe("none");
  expect(await tab.evaluate("getComputedStyle(document.getElementById('matrix')).maxHeight")).toBe("none");
  await tab.send("Emulation.setEmulatedMedia", { media: "" });
  await tab.evaluate("dispatchEvent(new Event('afterprint'))");
  expect(await tab.evaluate("document.querySelectorAll('#matrix tbody tr').length")).toBeLessThan(120);
});

test("every button, field, link and picture has a name for who hears the page", async () => {
  await open("sample", "#c0.0.1");
  const { nodes } = await tab.send("Accessibility.getFullAXTree");
  type AxNode = { ignored?: boolean; role?: { value?: string }; name?: { value?: string } };
  const spoken = (nodes as AxNode[]).filter(({ ignored }) => ignored !== true);
  const roles = spoken.map(({ role }) => role?.value);
  for (const role of [
    "heading",
    "grid",
    "row",
    "gridcell",
    "rowheader",
    "columnheader",
    "navigation",
    "main",
    "dialog",
  ]) {
    expect(roles).toContain(role);
  }
  const nameless = spoken.filter(
    ({ role, name }) =>
      ["button", "link", "searchbox", "combobox", "gridcell", "grid", "dialog"].includes(role?.value ?? "") &&
      (name?.value ?? "") === "",
  );
  expect(nameless.map(({ role }) => role?.value)).toEqual([]);
});

test("without scripts, the page tells how the run ended and what failed", async () => {
  await tab.send("Emulation.setScriptExecutionDisabled", { value: true });
  try {
    await tab.open(pathToFileURL(join(workspace.folder, "sample.html")).href);
    const { root } = await tab.send("DOM.getDocument", { depth: 0 });
    const { nodeId } = await tab.send("DOM.querySelector", {
      nodeId: (root as { nodeId: number }).nodeId,
      selector: "#failures",
    });
    const { outerHTML } = await tab.send("DOM.getOuterHTML", { nodeId });
    expect(outerHTML).toContain("ASSERTION_FAILED: only 12 MB");
  } finally {
    await tab.send("Emulation.setScriptExecutionDisabled", { value: false });
  }
});
