import { Type, type TSchema } from "typebox";
import { described } from "./described.ts";
import {
  closed,
  nullable,
  placeProperties,
  stepKindSchema,
  stepName,
  text,
  version,
} from "./report-schema.ts";

const nodes: TSchema = Type.Array(Type.Unsafe({ $ref: "#/$defs/node" }));

const STEP = { name: "Collect", kind: "run", tags: ["health"], file: "playbooks/site.yml", line: 12 };

const step = Type.Object(
  {
    name: stepName,
    kind: stepKindSchema,
    tags: described(Type.Array(Type.String()), "Its tags, with those of what it is in", ["health"]),
    ...placeProperties,
  },
  closed,
);

const block = Type.Object(
  {
    name: text("Name of the block", "Deploy"),
    kind: described(Type.Literal("block"), "It holds steps"),
    block: described(nodes, "Its steps", [STEP]),
    rescue: described(nodes, "What is run where one of them failed", []),
    always: described(nodes, "What is run after the others", []),
    ...placeProperties,
  },
  closed,
);

const play = Type.Object(
  {
    name: text("Name of the play", "Fleet health"),
    ...placeProperties,
    pattern: text("Host pattern of the play", "web:&staging"),
    hosts: Type.Optional(
      described(Type.Array(Type.String()), "With --list-hosts: names of its hosts, in their order", ["web1"]),
    ),
    steps: Type.Optional(
      described(
        nullable(nodes),
        "With --list-steps: its steps; null where they are a function",
        [STEP],
        null,
      ),
    ),
    handlers: Type.Optional(described(nodes, "With --list-steps: its handlers", [STEP])),
  },
  closed,
);

/** Describes what `--list-hosts` and `--list-steps` write as JSON: the source of `schemas/list.schema.json`. */
export const listSchema: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:list:1",
  title: "fusion-play --list-hosts and --list-steps",
  description: "What --list-hosts and --list-steps write with --output ndjson",
  ...Type.Object({ version, plays: described(Type.Array(play), "The plays, in order") }, closed),
  $defs: { node: { anyOf: [step, block] } },
});
