import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { htmlText } from "../../../src/report/formats/html.ts";
import { makePageData } from "../../../src/report/page/make-page-data.ts";
import { writtenReport, type WrittenReport } from "../../../src/report/written-report.ts";
import { largeReport } from "../large-report.ts";
import { sampleReport } from "../sample-run.ts";

const sample = writtenReport(sampleReport);
const page = htmlText(sample);

const digest = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

test("htmlText() allows its own script and style to be used, and nothing else", () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
  const [, style = ""] = /<style>([^]*)<\/style>/.exec(page) ?? [];
  const [, script = ""] = /<script>([^]*)<\/script>/.exec(page) ?? [];
  expect(policy.replaceAll("&#39;", "'").split("; ")).toEqual([
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ]);
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(style.length).toBeGreaterThan(1000);
  expect(script).toContain("JSON.parse");
});

test("htmlText() names nothing outside of the page", () => {
  const markupOnly = page.replace(/<(script|style)[^>]*>[^]*?<\/\1>/g, "");
  const targets = [...markupOnly.matchAll(/\s(?:src|href|action|data|poster)="([^"]*)"/g)].map(
    ([, target]) => target,
  );
  expect(targets.length).toBeGreaterThan(5);
  expect(targets.filter((target) => !target?.startsWith("#"))).toEqual([]);
  expect(page).not.toMatch(/url\(|@import|\ssrc=|<link|\sstyle=|\son[a-z]+=/);
});

test("htmlText() holds the run as data, and what failed first, once for hosts on which the same did", () => {
  const [, data = ""] = /<script type="application\/json" id="data">([^]*?)<\/script>/.exec(page) ?? [];
  expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(makePageData(sample))));
  expect(page.indexOf("connection refused")).toBeGreaterThan(0);
  expect(page.indexOf("connection refused")).toBeLessThan(page.indexOf('id="hosts"'));
  expect(page).toContain("exit code 130: stopped by Ctrl-C");
  for (const status of ["ok", "failed", "unreachable", "skipped", "cancelled"]) {
    expect(page).toMatch(new RegExp(`badge sign s-${status}">\\d+ ${status}<`));
  }
});

test("htmlText() links each failure to its place, in runs whose hosts did different steps as well", () => {
  const links = [...page.matchAll(/<a href="#(c\d+\.\d+\.\d+|h\d+\.\d+)">([^<]+)<\/a>/g)].map(
    ([, link, host]) => [host, link],
  );
  const { plays } = makePageData(sample);
  for (const [host, link = ""] of links) {
    const [play = 0, index = 0, column] = link.slice(1).split(".").map(Number);
    const found = plays[play]?.hosts[index];
    expect(found?.name).toBe(host);
    if (column !== undefined)
      expect(found?.columns ?? found?.outcomes.map((_, place) => place)).toContain(column);
  }
  expect(Object.fromEntries(links)).toMatchObject({
    web2: expect.stringMatching(/^c/),
    web4: expect.stringMatching(/^h/),
  });
});

test.each([
  "</script><script>alert(1)</script>",
  "<!--<script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "]]>\u202e\u0000\u2028",
])("text such as %j stays text, wherever it comes from", (text) => {
  const hostile = JSON.parse(
    JSON.stringify(sample, (key, value: unknown) =>
      typeof value === "string" && !["status", "kind", "phase", "md5", "code", "started_at"].includes(key)
        ? `${text}${value}`
        : value,
    ),
  ) as WrittenReport;
  const [play] = hostile.plays;
  const hosts = Object.fromEntries(
    Object.entries(play?.hosts ?? {}).map(([host, end]) => [`${text}${host}`, end]),
  );
  const written = htmlText({ ...hostile, plays: [{ name: text, hosts }] });
  expect(written.match(/<script/g)).toHaveLength(2);
  expect(written.match(/<!--/g)).toBeNull();
  const markupOnly = written.replace(/<(script|style)[^>]*>[^]*?<\/\1>/g, "");
  expect(markupOnly).not.toMatch(/<img|<[^>]*\son\w+=/);
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  expect(markupOnly).not.toMatch(/[\u0000\u202e]/);
});

test("a thousand hosts and fifty steps are a small page, and one that may be opened when all of them differ", () => {
  expect(htmlText(largeReport({ hosts: 1000, steps: 50 })).length).toBeLessThan(5_000_000);
  const all = htmlText(largeReport({ hosts: 1000, steps: 50, allDiffer: true }));
  expect(Buffer.byteLength(all)).toBeLessThan(25_000_000);
});

test("the colours of the dark page are the same by choice as by preference", () => {
  const style = readFileSync("src/page/page.css", "utf8");
  const [chosen, preferred] = [...style.matchAll(/(--paper: #131716;[^}]*)\}/g)].map(([, colours = ""]) =>
    colours.replace(/\s+/g, " "),
  );
  expect(chosen).toBe(preferred);
});
