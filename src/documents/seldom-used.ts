import { createRequire } from "node:module";

// Packages that few runs need, and that take long to load: they are loaded when they are asked for first.

const load = createRequire(import.meta.url);

/** What validates documents that have mistakes, and results that are to satisfy a schema. */
export function loadAjv(): typeof import("ajv/dist/2020.js") {
  return load("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
}

/** The formats of JSON Schema, such as `date-time`. */
export function loadAjvFormats(): typeof import("ajv-formats") {
  return load("ajv-formats") as typeof import("ajv-formats");
}

/** Regular expressions that take no longer than their text is long. */
export function loadRe2(): typeof import("re2js") {
  return load("re2js") as typeof import("re2js");
}
