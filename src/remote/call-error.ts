import { ErpcError } from "../dist/erpc-error.ts";
import { Atom, isAtom, isTuple, type Term } from "../etf/term.ts";
import { chardataToText } from "../dist/chardata.ts";
import { formatTerm } from "../etf/format.ts";
import { displayFunction, isElixirModule } from "../etf/module-name.ts";
import {
  RemoteCallError,
  type RemoteCall,
  type RemoteException,
  type StackFrame,
} from "../engine/remote-node.ts";

const MAX_FRAMES = 50;
const MAX_REASON_CHARACTERS = 500;

/** The host of a call, as messages tell of it. */
export interface CallHost {
  readonly name: string;
  /** Version of its Elixir; null where it has none. */
  readonly elixir: string | null;
}

/** Turns the exception of a call into an error that names host, function and reason. */
export function callError(
  error: unknown,
  call: RemoteCall | undefined,
  { name: host, elixir }: CallHost,
): unknown {
  if (!(error instanceof ErpcError)) return error;
  const exception: RemoteException = {
    class: error.class,
    reason: error.reason,
    stacktrace: stackFrames(error.stacktrace),
  };
  const language = call !== undefined && isElixirModule(call.module) ? "elixir" : "erlang";
  const reason = reasonText(error.reason, language);
  if (call === undefined) {
    return new RemoteCallError(
      `Cannot go on with ${host}: ${reason}`,
      { code: "REMOTE_EXCEPTION" },
      exception,
    );
  }
  const name = displayFunction(call.module, call.function, call.args.length);
  if (isMissing(exception, call)) {
    return new RemoteCallError(
      `Cannot call ${name} on ${host}: the host has no such function`,
      {
        code: "FUNCTION_NOT_FOUND",
        hint:
          elixir === null && isElixirModule(call.module)
            ? "Check its name, and that `modules:` or -m holds the module; for Elixir's own, install Elixir here, as the host has only Erlang"
            : "Check its name and number of arguments, and that `modules:` of the play or -m holds the module",
      },
      exception,
    );
  }
  const verb = { error: "raised", exit: "exited with", throw: "threw" }[error.class];
  return new RemoteCallError(`${name} ${verb} ${reason} on ${host}`, { code: "REMOTE_EXCEPTION" }, exception);
}

/** Whether the called function itself is undefined, and not one that it calls. */
function isMissing({ reason, stacktrace }: RemoteException, call: RemoteCall): boolean {
  const [top] = stacktrace;
  return (
    isAtom(reason, "undef") &&
    top?.module === call.module &&
    top.function === call.function &&
    top.arity === call.args.length
  );
}

/** An Elixir exception by its name and message, any other reason as a term. */
function reasonText(reason: Term, language: "elixir" | "erlang"): string {
  const exception = elixirException(reason);
  return exception ?? formatTerm(reason, language, { maxLength: MAX_REASON_CHARACTERS });
}

function elixirException(reason: Term): string | undefined {
  if (typeof reason !== "object" || !("type" in reason) || reason.type !== "map") return undefined;
  const field = (name: string): Term | undefined => reason.entries.find(([key]) => isAtom(key, name))?.[1];
  const struct = field("__struct__");
  const message = field("message");
  if (!(struct instanceof Atom) || !isAtom(field("__exception__") ?? [], "true")) return undefined;
  if (!(message instanceof Uint8Array)) return undefined;
  const text = Buffer.from(message).toString("utf8").slice(0, MAX_REASON_CHARACTERS);
  return `(${struct.name.replace(/^Elixir\./, "")}) ${text}`;
}

/** Reads `[{Module, Function, ArityOrArguments, [{file, File}, {line, Line}]}]`. */
function stackFrames(stacktrace: Term): StackFrame[] {
  if (!Array.isArray(stacktrace)) return [];
  return (stacktrace as Term[]).slice(0, MAX_FRAMES).flatMap((entry) => {
    if (!isTuple(entry, 4)) return [];
    const [module, name, arity, location] = entry.elements as [Term, Term, Term, Term];
    if (!(module instanceof Atom) || !(name instanceof Atom)) return [];
    const line = property(location, "line");
    const file = property(location, "file");
    return [
      {
        module: module.name,
        function: name.name,
        arity: typeof arity === "number" ? arity : Array.isArray(arity) ? arity.length : 0,
        file: file === undefined ? undefined : chardataToText(file, "unicode"),
        line: typeof line === "number" ? line : undefined,
      },
    ];
  });
}

function property(location: Term, name: string): Term | undefined {
  if (!Array.isArray(location)) return undefined;
  const found = (location as Term[]).find(
    (entry) => isTuple(entry, 2) && isAtom(entry.elements[0] as Term, name),
  );
  return found !== undefined && isTuple(found) ? found.elements[1] : undefined;
}
