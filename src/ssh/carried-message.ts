import type { CarriedFailure } from "./carried-failure.ts";
import type { CommandExit, Destination, FileUpload, Login } from "./ssh-connection.ts";

/** What the side asks that uses a connection. The id of a request is also that of the stream that it opens. */
export type CarriedRequest =
  /** A command; its standard error is the stream of the next id. */
  | { readonly type: "exec"; readonly command: string; readonly hasTerminal: boolean }
  | { readonly type: "listen" }
  /** Of the tunnel with the id. */
  | { readonly type: "unlisten" }
  | { readonly type: "forward"; readonly port: number }
  | { readonly type: "forward-to"; readonly destination: Destination }
  | { readonly type: "upload"; readonly files: readonly FileUpload[] }
  /** Gives up the request with the id. */
  | { readonly type: "cancel" }
  /** Wants the streams of a command that runs already, which it names by the id that it was started with. */
  | { readonly type: "adopt" }
  /** Closes the connection. */
  | { readonly type: "close" }
  /** Says what it uses the connection for. */
  | { readonly type: "tell"; readonly note: unknown }
  /** Leaves the connection as it is, with what this says of it. */
  | { readonly type: "leave"; readonly note: unknown };

/** What the side answers or tells that has the connection. */
export type CarriedReply =
  /** First of all: it can be used. */
  | { readonly type: "login"; readonly login: Login }
  | { readonly type: "done" }
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly failure: CarriedFailure }
  /** Somebody connected to the port of a tunnel: the id is that of the new stream. */
  | { readonly type: "accepted"; readonly tunnel: number }
  /** The command with the id has ended. */
  | { readonly type: "exit"; readonly exit: CommandExit }
  /** The connection has ended; a failure says that nobody has closed it. */
  | { readonly type: "closed"; readonly failure: CarriedFailure | undefined };

/** Ids of streams that the side with the connection opens; those of requests are multiples of this. */
export const REQUEST_STEP = 4;
export const FIRST_ACCEPTED = 2;
