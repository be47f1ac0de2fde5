// For those who check their playbooks with an older library of types, which has no AsyncDisposable.
/// <reference lib="esnext.disposable" preserve="true" />

// Plays and their steps
export {
  play,
  type MadePlay,
  type PlayOptions,
  type PolicyInput,
  type PromptInput,
  type StepInput,
  type HandlerInput,
  type StepInputCommon,
  type ShippingInput,
  type RunInput,
  type EvalInput,
  type PushInput,
  type AssertInput,
  type AssertionInput,
  type SetInput,
  type FailInput,
  type PauseInput,
  type WaitForInput,
  type MetaInput,
  type StepGroupInput,
  type BlockInput,
  type IncludeStepsInput,
  type LoopControlInput,
  type ConditionInput,
  type DurationInput,
} from "./playbook/play.ts";
export type { CodeLoading, Effect, HostOrder, Location, StrategyName } from "./playbook/playbook.ts";
export { elixir, erlang } from "./playbook/inline-template.ts";

// Steps as a function
export type {
  StepsFunction,
  PlayHost,
  StepOptions,
  CallStepOptions,
  EvalOptions,
  PushOptions,
  CallParts,
  InlineSource,
  ApplicationInput,
  Purge,
} from "./playbook/play-host.ts";
export type { GroupMember, PlayGroup } from "./playbook/play-group.ts";
export type { Facts, NetworkInterface } from "./playbook/facts.ts";

// Inventories
export type {
  InventoryModule,
  InventoryContext,
  InventoryInput,
  InventoryGroupInput,
  InventoryVariables,
} from "./inventory/module-inventory.ts";

// Running plays
export { run, type RunRequest } from "./run.ts";
export type { KeySources } from "./secrets/open-keys.ts";
export type { BecomeMethod, HostKeyChecking } from "./inventory/inventory.ts";
export type { Prompt } from "./playbook/playbook.ts";
export type { RunEvent } from "./engine/run-event.ts";
export type { ConnectPhase, Traffic, Transport } from "./engine/remote-node.ts";
export type {
  Report,
  RunStatus,
  PlayReport,
  HostPhase,
  HostReport,
  HostStatus,
  HostTraffic,
  StepReport,
  StepStatus,
  ItemReport,
  PushedModule,
  PushedFile,
  SourcePlace,
  WrittenName,
  ErrorReport,
} from "./engine/report.ts";
export type { Shard } from "./engine/shard.ts";
export type { NeedReason } from "./engine/module-source.ts";

// Terms and values
export type { Data, TermList } from "./etf/data.ts";
export type { Value } from "./etf/value.ts";
export {
  atom,
  binary,
  charlist,
  tuple,
  type Term,
  type TermNode,
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
} from "./etf/term.ts";

// Values that are not to be shown
export { Secret, secret } from "./secret.ts";

// Errors
export { FusionPlayError, type ErrorDetails } from "./errors.ts";
export type { ErrorCode } from "./error-code.ts";
export type { FileErrorCode } from "./error-codes/file-error-code.ts";
export type { TermErrorCode } from "./error-codes/term-error-code.ts";
export type { ModuleErrorCode } from "./error-codes/module-error-code.ts";
export type { ConnectionErrorCode } from "./error-codes/connection-error-code.ts";
export type { StepErrorCode } from "./error-codes/step-error-code.ts";
export type { LabErrorCode } from "./error-codes/lab-error-code.ts";
