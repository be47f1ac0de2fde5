import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";
import { errorCode, errorSchema } from "./error-schema.ts";
import { effectProperties, problemsSchema, unknownCallProperties } from "./findings-schema.ts";
import {
  closed,
  nullable,
  oneOf,
  text,
  number,
  pushedModuleProperties,
  pushedFileProperties,
  stepName,
  stepKindSchema,
  exitCodeSchema,
  runtimeProperties,
  handlerProperty,
  placeProperties,
  version,
  plays,
} from "./report-schema.ts";

const problems = problemsSchema(errorCode, "What would go wrong");
const hostProblems = problemsSchema(errorCode, "What would go wrong on the host: the problems of all steps");

const replacedProperties = {
  md5: described(Type.String({ pattern: "^[0-9a-f]{32}$" }), "As OTP computes it", "0".repeat(32)),
  file: described(
    nullable(Type.String()),
    "Where it is on the host; null if it is loaded already",
    "/opt/health/ebin/health.beam",
    null,
  ),
};

const dryRunStep = Type.Object(
  {
    name: stepName,
    kind: stepKindSchema,
    ...handlerProperty,
    ...placeProperties,
    delegated_to: Type.Optional(
      text("The other host that the step would work on, as the playbook names it: see delegate_to", "lb1"),
    ),
    would_push: described(
      Type.Array(
        Type.Object(
          {
            ...pushedModuleProperties,
            file: text("The .beam file, or what it was compiled from", "/home/me/playbooks/health.erl"),
            ...effectProperties,
            replaces: Type.Optional(
              described(
                nullable(Type.Object(replacedProperties, closed)),
                "Other code that the host has of the module, where the host was asked; null if it has none",
                null,
              ),
            ),
          },
          closed,
        ),
      ),
      "Modules that would be shipped for this step; where the host was not asked, it is taken to have none",
    ),
    would_push_files: described(
      Type.Array(
        Type.Object(
          {
            ...pushedFileProperties,
            file: text("Where it is on this machine", "/home/me/my_app/priv/my_nif.so"),
          },
          closed,
        ),
      ),
      "Files of applications that would be shipped for this step",
    ),
    fetches: Type.Optional(
      described(
        Type.Literal(true),
        "Hosts may fetch modules while the step runs, which are not listed",
        true,
      ),
    ),
    unknown: Type.Optional(
      text("What cannot be known without running", 'whether it runs: when "vars.a == result" needs a result'),
    ),
    problems,
    warnings: problemsSchema(
      errorCode,
      "What would be missing, and the code that is shipped is prepared for",
    ),
    ...unknownCallProperties,
  },
  closed,
);

const dryRunHost = Type.Object(
  {
    steps: described(Type.Array(dryRunStep), "The steps, in order"),
    unknown: Type.Optional(
      text("Why the steps cannot be known without running", "the steps of the play are a function"),
    ),
    problems: hostProblems,
    totals: described(
      Type.Object(
        {
          modules: number("Modules that would be shipped", 3),
          bytes: number("Their size", 4096),
          files: number("Files of applications that would be shipped, besides modules", 2),
          file_bytes: number("Their size", 16384),
        },
        closed,
      ),
      "What would be shipped to the host",
    ),
    without_elixir: Type.Optional(
      described(
        Type.Object(
          {
            elixir: text("Version of the Elixir that is installed here", "1.14.0"),
            modules: number("Modules of it that would be shipped", 220),
            bytes: number("Their size", 1_740_236),
          },
          closed,
        ),
        "What a host with only Erlang would get besides, of Elixir itself, where the host was not asked",
      ),
    ),
    runtime: Type.Optional(
      described(
        nullable(Type.Object(runtimeProperties, closed)),
        "What runs on the host, where it was asked; null if it could not be",
      ),
    ),
    error: Type.Optional(described(nullable(errorSchema), "Why the host could not be asked; null if it was")),
  },
  closed,
);

/** Describes the report of a dry run. */
export const dryRunReportSchema: TSchema = Type.Object(
  {
    version,
    status: described(
      oneOf("ok", "problems", "unreachable"),
      "Whether anything would go wrong; unreachable if no problem was found, and not every host could be asked",
    ),
    exit_code: exitCodeSchema,
    plays: plays(dryRunHost),
  },
  { ...closed, title: "Report of a dry run" },
);
