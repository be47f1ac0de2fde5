// For those who check their playbooks with an older library of types, which has no AsyncDisposable.
/// <reference lib="esnext.disposable" preserve="true" />
export { FusionPlayError, type ErrorCode } from "./errors.ts";
export type { Data } from "./etf/data.ts";
export type { Value } from "./etf/value.ts";
export {
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
  type Term,
} from "./etf/term.ts";
export {
  play,
  type AssertInput,
  type BlockInput,
  type AssertionInput,
  type ConditionInput,
  type DurationInput,
  type EvalInput,
  type FailInput,
  type IncludeStepsInput,
  type LoopControlInput,
  type MadePlay,
  type MetaInput,
  type PauseInput,
  type PlayOptions,
  type PolicyInput,
  type PromptInput,
  type PushInput,
  type RunInput,
  type SetInput,
  type ShippingInput,
  type StepInput,
  type StepInputCommon,
  type WaitForInput,
} from "./playbook/play.ts";
export type { Facts, NetworkInterface } from "./playbook/facts.ts";
export type { GroupMember, PlayGroup } from "./playbook/play-group.ts";
export { elixir, erlang } from "./playbook/inline-template.ts";
export type { CodeLoading, Effect } from "./playbook/playbook.ts";
export type {
  ApplicationInput,
  CallParts,
  CallStepOptions,
  EvalOptions,
  InlineSource,
  PlayHost,
  PushOptions,
  StepOptions,
  StepsFunction,
} from "./playbook/play-host.ts";
export { run, type RunRequest } from "./run.ts";
export type { RunEvent } from "./engine/run-event.ts";
export type { Report } from "./engine/report.ts";
export type {
  InventoryContext,
  InventoryGroupInput,
  InventoryInput,
  InventoryModule,
  InventoryVariables,
} from "./inventory/module-inventory.ts";
