import { FusionPlayError } from "../errors.ts";
import {
  Atom,
  BitString,
  Export,
  Float,
  Fun,
  ImproperList,
  MapTerm,
  Pid,
  Port,
  Reference,
  Tuple,
  atom,
  binary,
  charlist,
  tuple,
} from "../etf/term.ts";
import { Secret, secret } from "../secret.ts";
import { elixir, erlang } from "./inline-template.ts";
import { play } from "./play.ts";

/** What a TypeScript playbook gets by `import … from "fusion-play"`. */
export const playbookApi: Readonly<Record<string, unknown>> = {
  Atom,
  BitString,
  Export,
  Float,
  Fun,
  FusionPlayError,
  ImproperList,
  MapTerm,
  Pid,
  Port,
  Reference,
  Secret,
  Tuple,
  atom,
  binary,
  charlist,
  elixir,
  erlang,
  play,
  secret,
  tuple,
};
