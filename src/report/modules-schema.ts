import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";
import { effectProperties } from "./findings-schema.ts";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const count: TSchema = Type.Integer({ minimum: 0 });
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const oneOf = (...values: string[]): TSchema => Type.Unsafe({ type: "string", enum: values });
const number = (description: string, example: number): TSchema => described(count, description, example);
const moduleName: TSchema = described(Type.String(), "As the BEAM has it", "Elixir.RemoteHealth", "my_app");
const ofType = (type: string): Readonly<Record<string, TSchema>> => ({
  type: described(Type.Literal(type), "What the module has to do with the other one"),
});

const reason: TSchema = Type.Union([
  Type.Object(
    {
      ...ofType("imports"),
      functions: described(
        Type.Array(Type.String({ pattern: "/[0-9]+$" }), { minItems: 1 }),
        "The functions that are called by name",
        ["start_link/1"],
      ),
    },
    closed,
  ),
  Type.Object(ofType("behaviour"), closed),
  Type.Object(
    {
      ...ofType("protocol_implementation"),
      protocol: described(Type.String(), "The protocol that is implemented", "String.Chars"),
      target: described(Type.String(), "The type that it is implemented for", "RemoteHealth.Disk"),
    },
    closed,
  ),
  Type.Object(
    {
      ...ofType("application"),
      application: described(Type.String(), "The application that it is a module of", "my_app"),
    },
    closed,
  ),
  Type.Object(
    {
      ...ofType("atom"),
      where: described(oneOf("code", "literal", "attribute"), "Where the name of the module stands"),
    },
    closed,
  ),
]);
const whyNeeded = described(nullable(reason), "Why it is needed; null for what was asked for");

const need = Type.Object({ module: moduleName, reason: described(reason, "Why it is needed") }, closed);

const reportedModule = Type.Object(
  {
    module: moduleName,
    file: described(Type.String(), "The .beam file, or what it was compiled from", "ebin/my_app.beam"),
    md5: described(
      Type.String({ pattern: "^[0-9a-f]{32}$" }),
      "Of the code, as OTP computes it",
      "87ad40e2e37b3f68ad6aaeec6c0ca24b",
    ),
    file_bytes: number("Size of the .beam file", 2048),
    bytes: number("Size of what is shipped", 588),
    needed_by: described(
      nullable(Type.String()),
      "The module that brought it in; null for what was asked for",
      "my_app",
      null,
    ),
    reason: whyNeeded,
    needs: described(Type.Array(need), "What it needs of what is shipped"),
    needs_provided: described(Type.Array(need), "What it needs of what Erlang and Elixir provide"),
    ...effectProperties,
  },
  closed,
);

const version = described(Type.Literal(1), "Version of this format");

const modulesReport = Type.Object(
  {
    version,
    roots: described(Type.Array(moduleName), "The modules that were asked for and are on the code paths", [
      "my_app",
    ]),
    modules: described(Type.Array(reportedModule), "Dependencies before dependents"),
    provided: described(
      Type.Array(moduleName),
      "Modules of Erlang and Elixir that are needed; they are not shipped",
      ["lists"],
    ),
    installed: described(
      Type.Object(
        {
          erlang: described(Type.Boolean(), "Whether Erlang is installed here"),
          elixir: described(Type.Boolean(), "Whether Elixir is installed here"),
        },
        closed,
      ),
      "Of what is not installed here, no module is known to be provided",
    ),
    totals: described(
      Type.Object(
        {
          modules: number("How many modules are shipped", 3),
          file_bytes: number("Size of their .beam files", 8192),
          bytes: number("Size of what is shipped of them", 4096),
        },
        closed,
      ),
      "Sums over the modules",
    ),
  },
  { ...closed, title: "Closure of modules" },
);

const whyReport = Type.Object(
  {
    version,
    module: moduleName,
    provided: described(Type.Boolean(), "Whether Erlang or Elixir provides it, so that it is not shipped"),
    chains: described(
      Type.Array(Type.Array(Type.Object({ module: moduleName, reason: whyNeeded }, closed), { minItems: 1 })),
      "Shortest chains from a module that was asked for to this one",
    ),
    chain_count: number("How many chains of that length there are", 1),
  },
  { ...closed, title: "Why a module belongs to a closure" },
);

/** Describes what `fusion-play modules --json` writes: the source of `schemas/modules.schema.json`. */
export const modulesSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:modules:1",
  title: "fusion-play modules",
  description: "What fusion-play modules --json writes, with and without --why",
  anyOf: [modulesReport, whyReport],
});
