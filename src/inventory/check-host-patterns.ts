import { DocumentError, type Problem } from "../documents/document-error.ts";
import { FusionPlayError } from "../errors.ts";
import { checkPattern } from "./check-pattern.ts";

/** A host pattern of a play, and where it stands. */
export interface WrittenPattern {
  readonly hosts: string;
  readonly hostsLocation: Pick<Problem, "file" | "line" | "column">;
}

/**
 * Refuses plays whose `hosts` cannot be a host pattern.
 *
 * @throws {DocumentError} with the places of all of them
 */
export function checkHostPatterns(plays: readonly WrittenPattern[]): void {
  const problems = plays.flatMap(problemIn);
  if (problems.length > 0) throw new DocumentError(problems);
}

function problemIn({ hosts, hostsLocation }: WrittenPattern): Problem[] {
  try {
    checkPattern(hosts);
    return [];
  } catch (error) {
    if (!(error instanceof FusionPlayError)) throw error;
    return [{ ...hostsLocation, message: error.message, hint: error.hint, sourceLine: undefined }];
  }
}
