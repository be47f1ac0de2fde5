import type { FileErrorCode } from "./error-codes/file-error-code.ts";
import type { TermErrorCode } from "./error-codes/term-error-code.ts";
import type { ModuleErrorCode } from "./error-codes/module-error-code.ts";
import type { ConnectionErrorCode } from "./error-codes/connection-error-code.ts";
import type { StepErrorCode } from "./error-codes/step-error-code.ts";
import type { LabErrorCode } from "./error-codes/lab-error-code.ts";

/**
 * Every code a user can meet. `npm run docs` makes `docs/errors.md` of the comments of its parts, in this order.
 */
export type ErrorCode =
  FileErrorCode | TermErrorCode | ModuleErrorCode | ConnectionErrorCode | StepErrorCode | LabErrorCode;
