// Where this machine gets Debian from, so that another Debian can be had from there as well.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the suites of Debian itself are called; those of its updates, and of others, are called otherwise. */
const SUITES = new Set(
  "buster bullseye bookworm trixie forky duke sid oldoldstable oldstable stable testing unstable".split(" "),
);

/**
 * The mirror that `$FUSION_MATRIX_MIRROR` names, or the first one of Debian that apt has on this machine.
 *
 * @param given Value of that variable
 * @param folder The folder of apt
 */
export function debianMirror(given = process.env["FUSION_MATRIX_MIRROR"], folder = "/etc/apt") {
  if (given) return given;
  const mirrors = sourcesBelow(folder).filter(isDebian);
  // Who names Debian's own keys is no third party with a suite of the same name.
  const mirror = mirrors.find(({ signedBy }) => signedBy.includes("debian-archive")) ?? mirrors[0];
  if (mirror !== undefined) return mirror.uri;
  throw new Error(
    `No mirror of Debian is found in ${folder}: set FUSION_MATRIX_MIRROR to one, such as http://deb.debian.org/debian`,
  );
}

function isDebian({ uri, suites, components, signedBy }) {
  const isOurs =
    signedBy === "" ? /^https?:\/\/[^/]+\/.*debian/.test(uri) : signedBy.includes("debian-archive");
  return (
    isOurs && /^https?:/.test(uri) && components.includes("main") && suites.some((suite) => SUITES.has(suite))
  );
}

/** What apt fetches packages from, in the order in which it reads its files. */
function sourcesBelow(folder) {
  const parts = join(folder, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).toSorted() : [];
  return [join(folder, "sources.list"), ...names.map((name) => join(parts, name))]
    .filter((file) => existsSync(file))
    .flatMap((file) => {
      if (file.endsWith(".list")) return readFileSync(file, "utf8").split("\n").flatMap(sourceOfLine);
      return file.endsWith(".sources") ? sourcesOfStanzas(readFileSync(file, "utf8")) : [];
    });
}

/** `deb [signed-by=… arch=…] URI SUITE COMPONENT…` */
function sourceOfLine(line) {
  const [, options = "", rest] =
    /^deb\s+(?:\[([^\]]*)\]\s*)?(.*)$/.exec(line.replace(/#.*/, "").trim()) ?? [];
  if (rest === undefined) return [];
  const [uri = "", suite = "", ...components] = words(rest);
  const signedBy = /(?:^|\s)signed-by=(\S*)/i.exec(options)?.[1] ?? "";
  return [{ uri, suites: [suite], components, signedBy }];
}

/** Stanzas of fields, as in `debian/control`; lines that begin with a space go on with the field before them. */
function sourcesOfStanzas(text) {
  const plain = text.replaceAll(/^#.*\n?/gm, "");
  return plain.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = new Map(
      stanza
        .replaceAll(/\n[ \t]+/g, " ")
        .split("\n")
        .map((line) => [
          line.split(":", 1)[0].trim().toLowerCase(),
          line.slice(line.indexOf(":") + 1).trim(),
        ]),
    );
    const listed = (name) => words(fields.get(name) ?? "");
    if (!listed("types").includes("deb") || /^(no|false|without|off|disable|0)$/i.test(fields.get("enabled")))
      return [];
    const source = {
      suites: listed("suites"),
      components: listed("components"),
      signedBy: fields.get("signed-by") ?? "",
    };
    return listed("uris").map((uri) => ({ uri, ...source }));
  });
}

function words(text) {
  return text.split(/\s+/).filter((word) => word !== "");
}
