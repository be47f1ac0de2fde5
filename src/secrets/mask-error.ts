import { DocumentError, type Problem } from "../documents/document-error.ts";
import type { Secrets } from "./secrets.ts";

/**
 * Hides the secrets in what an error says, and what made it happen. It stays the error that was thrown, so that
 * programs know it by its class and code.
 */
export function maskError(thrown: unknown, secrets: Secrets): void {
  const seen = new Set<Error>(); // causes may lead to each other
  for (let error = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    for (const key of ["message", "stack", "hint"]) {
      const text: unknown = Reflect.get(error, key);
      // What others throw may be frozen.
      if (typeof text === "string") Reflect.set(error, key, secrets.mask(text));
    }
    if (error instanceof DocumentError)
      Reflect.set(
        error,
        "problems",
        error.problems.map((problem) => maskProblem(problem, secrets)),
      );
  }
}

function maskProblem(problem: Problem, secrets: Secrets): Problem {
  const mask = (text: string | undefined): string | undefined => text && secrets.mask(text);
  return {
    ...problem,
    message: secrets.mask(problem.message),
    hint: mask(problem.hint),
    sourceLine: mask(problem.sourceLine),
  };
}
