import type { Problem } from "../documents/document-error.ts";
import type { DocumentNode } from "../documents/node.ts";
import { objectNodes, type ObjectMistake } from "../documents/object-nodes.ts";
import { problemAt } from "../documents/problem-at.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { Data } from "../etf/data.ts";
import { withFileAs } from "./call-site.ts";
import { inlineTemplateOf } from "./inline-template.ts";
import type { Location } from "./playbook.ts";
import type { PlaybookSource } from "./playbook-source.ts";

/** A value of a TypeScript module as nodes, so that it is read and checked just as a YAML file is. */
export interface ObjectSource extends PlaybookSource {
  readonly root: DocumentNode;
  /** What is wrong with the value as a whole. */
  readonly problems: readonly Problem[];
  /** Gives problems the place of the play, and the path of the value: `steps[2].run`. */
  placed(problems: readonly Problem[], sourceLine: string): Problem[];
}

/** More than any playbook has; values that share parts could stand for billions. */
const MOST_VALUES = 100_000;

/**
 * Turns a value into nodes. The value has no text, so each node gets a line of its own in a text of
 * empty lines: the line of a problem tells which value it is about.
 *
 * @param location where the play is made
 */
export function objectSource(value: unknown, location: Location): ObjectSource {
  const nodes = objectNodes(value, { subject: "play", mostValues: MOST_VALUES });
  const text: SourceFile = { path: location.file, text: "\n".repeat(nodes.paths.length) };
  const problemOf = ({ node, message }: ObjectMistake): Problem => problemAt(text, node, message);
  const placeIn = (place: Location | undefined): Location | undefined =>
    place && withFileAs(place, location.file);
  return {
    root: nodes.root,
    text,
    problems: nodes.mistakes.map(problemOf),
    data(node, problems) {
      problems.push(...nodes.mistakesOfData(node).map(problemOf));
      return nodes.valueOf(node) as Data;
    },
    offsetOf: (node) => node.range[0],
    locate: () => location,
    place: () => undefined,
    template(node) {
      const template = inlineTemplateOf(nodes.valueOf(node));
      return (
        template && {
          location: placeIn(template.location),
          locate: (offset) => placeIn(template.locate(offset)),
        }
      );
    },
    placed: (problems, sourceLine) =>
      problems.map(({ line, message, hint }) => {
        const path = nodes.paths[line - 1] ?? "";
        return { ...location, message: path === "" ? message : `${path}: ${message}`, hint, sourceLine };
      }),
  };
}
