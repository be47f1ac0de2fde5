import type { Data } from "../etf/data.ts";

/**
 * A value of a YAML file that knows where it stands. Rooms that read files walk these nodes and
 * never see the YAML package.
 */
export type DocumentNode = ScalarNode | SequenceNode | MappingNode;

/** Offsets into the file's text: start, and end (exclusive). */
export type Range = readonly [start: number, end: number];

export interface ScalarNode {
  readonly kind: "scalar";
  /** Resolved by the YAML 1.2 core schema: an integer beyond 2^53 is a bigint, `!!binary` is bytes. */
  readonly value: null | boolean | number | bigint | string | Uint8Array;
  /** Whether a number was written as a float (`1.0`, `1e3`). */
  readonly isFloat: boolean;
  /** What was written, without quotes: `0x10`, `~`, `1.10`. */
  readonly source: string;
  /** A term or a secret that a module gave: no text stands for it. */
  readonly term?: Data;
  /** A local tag as written, such as `!atom`; undefined without one. */
  readonly tag: string | undefined;
  readonly range: Range;
}

export interface SequenceNode {
  readonly kind: "sequence";
  readonly items: readonly DocumentNode[];
  readonly tag: string | undefined;
  readonly range: Range;
}

export interface MappingNode {
  readonly kind: "mapping";
  /** In the order of the file; keys are unique. Merge keys (`<<`) are resolved. */
  readonly entries: readonly MappingEntry[];
  readonly tag: string | undefined;
  readonly range: Range;
}

export interface MappingEntry {
  readonly key: ScalarNode;
  readonly value: DocumentNode;
}
