import { ByteWriter } from "../bytes/byte-writer.ts";
import { decodeTerm } from "../etf/decode.ts";
import { writeTerm } from "../etf/encode.ts";
import { atom, Atom, charlist, isAtom, isTuple, tuple, type Term } from "../etf/term.ts";
import { charlistText } from "../etf/charlist.ts";

/**
 * What a BEAM that was started with `-loader inet` asks its boot server for. Each request and each
 * answer is one packet, and the next request comes after the answer to the one before.
 *
 *     4      | Length
 *     Length | a term in the external term format
 *
 * | request                   | answer                                                    |
 * |---------------------------|-----------------------------------------------------------|
 * | `{get, File}`             | `{get, {ok, Binary}}`                                     |
 * | `{list_dir, Folder}`      | `{list_dir, {ok, [Name]}}`                                |
 * | `{read_file_info, Path}`  | `{read_file_info, {ok, #file_info{}}}`                    |
 * | `{read_link_info, Path}`  | `{read_link_info, {ok, #file_info{}}}`                    |
 * | `get_cwd`, `{get_cwd, _}` | `{get_cwd, {ok, Folder}}`                                 |
 * | any of them               | `{Command, {error, Reason}}`                              |
 * | anything else             | `{error, unknown_command}`                                |
 *
 * The protocol is not specified apart from its implementation.
 *
 * @see https://github.com/erlang/otp/blob/master/lib/kernel/src/erl_boot_server.erl
 */
export type BootRequest =
  | { readonly type: PathCommand; readonly path: string }
  | { readonly type: "get_cwd" }
  | { readonly type: "unknown" };

type PathCommand = "get" | "list_dir" | "read_file_info" | "read_link_info";

/** What there is at a path. */
export type FileInfo = { readonly type: "regular"; readonly size: number } | { readonly type: "directory" };

const PATH_COMMANDS: ReadonlySet<string> = new Set(["get", "list_dir", "read_file_info", "read_link_info"]);
/** A request is a tuple with a list of characters. */
const LIMITS = { maxDepth: 3, maxInflatedBytes: 64 * 1024 } as const;

/**
 * Decodes a request, without its four bytes of length.
 *
 * @throws {DecodeError} if it is no term at all
 */
export function decodeRequest(packet: Uint8Array): BootRequest {
  const term = decodeTerm(packet, LIMITS);
  if (isAtom(term, "get_cwd")) return { type: "get_cwd" };
  if (!isTuple(term, 2)) return { type: "unknown" };
  const [command, argument] = term.elements as [Term, Term];
  if (!(command instanceof Atom)) return { type: "unknown" };
  if (command.name === "get_cwd") return { type: "get_cwd" };
  const path = pathOf(argument);
  if (path === undefined || !PATH_COMMANDS.has(command.name)) return { type: "unknown" };
  return { type: command.name as PathCommand, path };
}

/** A path is a list of code points. */
function pathOf(term: Term): string | undefined {
  if (!Array.isArray(term) || !term.every(isCodePoint)) return undefined;
  return charlistText(term as number[]);
}

function isCodePoint(term: Term): boolean {
  return typeof term === "number" && term >= 0 && term <= 0x10ffff;
}

/** The packet that answers a `get`. */
export function encodeFile(bytes: Uint8Array): Uint8Array {
  return packet(tuple(atom("get"), tuple(atom("ok"), bytes)));
}

/** The packet that answers a `list_dir`. */
export function encodeNames(names: readonly string[]): Uint8Array {
  return packet(tuple(atom("list_dir"), tuple(atom("ok"), names.map(charlist))));
}

/** The packet that answers a `read_file_info` or `read_link_info`. */
export function encodeFileInfo(command: "read_file_info" | "read_link_info", info: FileInfo): Uint8Array {
  return packet(tuple(atom(command), tuple(atom("ok"), fileInfoTerm(info))));
}

/** The packet that refuses a request. */
export function encodeRefusal({ type }: BootRequest): Uint8Array {
  const term =
    type === "unknown"
      ? tuple(atom("error"), atom("unknown_command"))
      : tuple(atom(type), tuple(atom("error"), atom("enoent")));
  return packet(term);
}

const LENGTH_BYTES = 4;
const READ_ONLY = 0o444;
const SEARCHABLE = 0o555;
/** What lies nowhere has no time: `{{1970,1,1},{0,0,0}}`. */
const NO_TIME: Term = tuple(tuple(1970, 1, 1), tuple(0, 0, 0));

/**
 *     {file_info, Size, Type, Access, Atime, Mtime, Ctime, Mode, Links, MajorDevice, MinorDevice, Inode, Uid, Gid}
 *
 * @see https://www.erlang.org/doc/apps/kernel/file.html#t:file_info/0
 */
function fileInfoTerm(info: FileInfo): Term {
  const size = info.type === "regular" ? info.size : 0;
  const mode = info.type === "regular" ? READ_ONLY : SEARCHABLE;
  const times = [NO_TIME, NO_TIME, NO_TIME];
  const node = [1, 0, 0, 0, 0, 0];
  return tuple(atom("file_info"), size, atom(info.type), atom("read"), ...times, mode, ...node);
}

function packet(term: Term): Uint8Array {
  const writer = new ByteWriter().uint32(0);
  writeTerm(writer, term);
  writer.patchUint32(0, writer.length - LENGTH_BYTES);
  return writer.finish();
}
