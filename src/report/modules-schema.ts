import { Type, type TSchema } from "typebox";

/** Closed: a key that nobody described is a mistake of ours. */
const closed = { additionalProperties: false } as const;

const count: TSchema = Type.Integer({ minimum: 0 });
const nullable = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const oneOf = (...values: string[]): TSchema => Type.Unsafe({ type: "string", enum: values });
const moduleName: TSchema = Type.String({ description: "As the BEAM has it: Elixir.RemoteHealth, my_app" });

const reason: TSchema = Type.Union([
  Type.Object(
    {
      type: Type.Literal("imports"),
      functions: Type.Array(Type.String({ pattern: "/[0-9]+$" }), {
        minItems: 1,
        description: "The functions that are called by name, such as start_link/1",
      }),
    },
    closed,
  ),
  Type.Object({ type: Type.Literal("behaviour") }, closed),
  Type.Object(
    { type: Type.Literal("protocol_implementation"), protocol: Type.String(), target: Type.String() },
    closed,
  ),
  Type.Object(
    {
      type: Type.Literal("atom"),
      where: Type.Unsafe({
        ...oneOf("code", "literal", "attribute"),
        description: "Where the name of the module stands",
      }),
    },
    closed,
  ),
]);

const needs: TSchema = Type.Array(Type.Object({ module: moduleName, reason }, closed));

const reportedModule = Type.Object(
  {
    module: moduleName,
    file: Type.String({ description: "The .beam file, or what it was compiled from" }),
    md5: Type.String({ pattern: "^[0-9a-f]{32}$", description: "Of the code, as OTP computes it" }),
    file_bytes: Type.Integer({ minimum: 0, description: "Size of the .beam file" }),
    bytes: Type.Integer({ minimum: 0, description: "Size of what is shipped" }),
    needed_by: nullable(Type.String({ description: "The module that brought it in" })),
    reason: nullable(reason),
    needs,
    needs_provided: needs,
  },
  closed,
);

const modulesReport = Type.Object(
  {
    version: Type.Literal(1),
    roots: Type.Array(moduleName, {
      description: "The modules that were asked for and are on the code paths",
    }),
    modules: Type.Array(reportedModule, { description: "Dependencies before dependents" }),
    provided: Type.Array(moduleName, {
      description: "Modules of Erlang and Elixir that are needed; they are not shipped",
    }),
    installed: Type.Object(
      { erlang: Type.Boolean(), elixir: Type.Boolean() },
      { ...closed, description: "Of what is not installed here, no module is known to be provided" },
    ),
    totals: Type.Object({ modules: count, file_bytes: count, bytes: count }, closed),
  },
  { ...closed, title: "Closure of modules" },
);

const whyReport = Type.Object(
  {
    version: Type.Literal(1),
    module: moduleName,
    provided: Type.Boolean({
      description: "Whether Erlang or Elixir provides it, so that it is not shipped",
    }),
    chains: Type.Array(
      Type.Array(Type.Object({ module: moduleName, reason: nullable(reason) }, closed), { minItems: 1 }),
      { description: "Shortest chains from a module that was asked for to this one" },
    ),
    chain_count: Type.Integer({ minimum: 0, description: "How many chains of that length there are" }),
  },
  { ...closed, title: "Why a module belongs to a closure" },
);

/** Describes what `fusion-play modules --json` writes: the source of `schemas/modules.schema.json`. */
export const modulesSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "fusion-play modules",
  description: "What fusion-play modules --json writes, with and without --why",
  anyOf: [modulesReport, whyReport],
});
