import { DecodeError } from "../bytes/decode-error.ts";
import { decodeAtomTable } from "./atom-table.ts";
import { decodeAttributes, decodeCompilerInfo, type Attributes, type CompilerInfo } from "./attributes.ts";
import { decodeCodeChunk, hasOnLoadInstruction } from "./code-chunk.ts";
import { decodeFunctions, decodeImports, type FunctionArity, type FunctionName } from "./function-tables.ts";
import { readChunks, type Chunks } from "./iff.ts";
import { hasPlainLiterals } from "./literals.ts";
import { releaseOfCompiler, releaseOfOpcode } from "./otp-release.ts";

/** What a `.beam` file says about its module. */
export interface BeamFile {
  readonly chunks: Chunks;
  /** As the BEAM has it: `Elixir.RemoteHealth`, `my_app`. */
  readonly module: string;
  /** The atoms that the code names; those inside literals are not among them. */
  readonly atoms: readonly string[];
  readonly imports: readonly FunctionName[];
  readonly exports: readonly FunctionArity[];
  /** Functions that only the module itself may call; empty in a stripped file. */
  readonly locals: readonly FunctionArity[];
  readonly attributes: Attributes;
  readonly compilerInfo: CompilerInfo;
  /** Release of OTP whose compiler made the file, where it tells. */
  readonly compiledBy: number | undefined;
  readonly maxOpcode: number;
  /** The oldest release of OTP that can load it, where it needs more than OTP 22 has. */
  readonly minimumOtp: number | undefined;
  readonly hasOnLoad: boolean;
}

/** First release that writes long atom lengths and plain literals, which older ones cannot read. */
const PLAIN_TABLES_RELEASE = 28;

/**
 * Parses a `.beam` file of OTP 20 to 29, compressed or not.
 *
 * @throws {DecodeError} the bytes are no `.beam` file, or a broken one
 */
export function parseBeam(bytes: Uint8Array): BeamFile {
  const chunks = readChunks(bytes);
  const { atoms, hasLongLengths } = decodeAtomTable(chunks);
  const module = atoms[0];
  if (module === undefined) throw new DecodeError("Cannot read the .beam file: it names no module", 0);
  const { maxOpcode, code } = decodeCodeChunk(mandatory(chunks, "Code"));
  const literals = chunks.get("LitT");
  const hasPlainTables = hasLongLengths || (literals !== undefined && hasPlainLiterals(literals));
  const compilerInfo = compilerInfoOf(chunks);
  const locals = chunks.get("LocT");
  const attributes = chunks.get("Attr");
  return {
    chunks,
    module,
    atoms,
    imports: decodeImports(mandatory(chunks, "ImpT"), atoms),
    exports: decodeFunctions(mandatory(chunks, "ExpT"), "ExpT", atoms),
    locals: locals === undefined ? [] : decodeFunctions(locals, "LocT", atoms),
    attributes: attributes === undefined ? new Map() : decodeAttributes(attributes),
    compilerInfo,
    compiledBy: compilerInfo.version === undefined ? undefined : releaseOfCompiler(compilerInfo.version),
    maxOpcode,
    minimumOtp: minimumOtp(maxOpcode, hasPlainTables),
    hasOnLoad: hasOnLoadInstruction(code),
  };
}

function compilerInfoOf(chunks: Chunks): CompilerInfo {
  const chunk = chunks.get("CInf");
  return chunk === undefined ? { version: undefined, source: undefined } : decodeCompilerInfo(chunk);
}

function minimumOtp(maxOpcode: number, hasPlainTables: boolean): number | undefined {
  const release = releaseOfOpcode(maxOpcode);
  return hasPlainTables ? Math.max(PLAIN_TABLES_RELEASE, release ?? 0) : release;
}

function mandatory(chunks: Chunks, name: string): Uint8Array {
  const chunk = chunks.get(name);
  if (chunk === undefined) throw new DecodeError(`Cannot read the .beam file: chunk ${name} is missing`, 0);
  return chunk;
}
