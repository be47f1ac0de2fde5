import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { DOCUMENTS, readDocument, ROOT, withoutCode } from "./markdown.ts";

describe.each(DOCUMENTS)("%s", (document) => {
  const links = [...withoutCode(readDocument(document)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^https?:/.test(target));

  test("links to files that exist", () => {
    const missing = links.filter((target) => !existsSync(join(ROOT, fileOf(document, target))));
    expect(missing).toEqual([]);
  });

  test("links to headings that exist", () => {
    const broken = links.filter((target) => {
      const anchor = target.split("#")[1];
      return anchor !== undefined && !anchorsOf(fileOf(document, target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

test("the README links to every document", () => {
  const readme = readDocument("README.md");
  const missing = DOCUMENTS.filter((document) => document.startsWith("docs/")).filter(
    (document) => !readme.includes(`(${document})`),
  );
  expect(missing).toEqual([]);
});

/** The path in the checkout that a link of a document leads to. */
function fileOf(document: string, target: string): string {
  const path = target.split("#")[0] ?? "";
  return path === "" ? document : join(dirname(document), path);
}

/** Anchors as GitHub makes them of headings. */
function anchorsOf(document: string): string[] {
  return [...withoutCode(readDocument(document)).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
