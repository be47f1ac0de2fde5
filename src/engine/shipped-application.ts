import type { Term } from "../etf/term.ts";

/** An OTP application of the code paths, as it is shipped. The same object serves every host of a run. */
export interface ShippedApplication {
  readonly name: string;
  readonly version: string;
  /** What its `.app` file says: `{application, Name, Properties}`. */
  readonly resource: Term;
  /** Its `.app` file. */
  readonly file: string;
  /** All of its modules. */
  readonly modules: readonly string[];
  readonly needs: readonly ApplicationNeed[];
  /** What is in its `priv`, by path; before that the `.app` file, where there is a `priv`. */
  readonly files: readonly ShippedFile[];
  /** The folders that it has on a host, those without files as well, each after the one it is in. */
  readonly folders: readonly string[];
  /** Changes when anything of it changes but its modules. */
  readonly fingerprint: string;
}

/** An application that another one needs. */
export interface ApplicationNeed {
  readonly name: string;
  /** Whether it works without, where that is not there. */
  readonly optional: boolean;
}

/** A file of an application. */
export interface ShippedFile {
  /** Below the folder of the application: `priv/my_nif.so`. */
  readonly path: string;
  /** Where it is on this machine, symbolic links followed. */
  readonly file: string;
  readonly bytes: number;
  /** Of its content, hexadecimal. */
  readonly sha256: string;
  readonly executable: boolean;
  /** What a shared library was built for; undefined of any other file. */
  readonly target: BinaryTarget | undefined;
}

/** What a program or a library was built for, as far as its header says. */
export interface BinaryTarget {
  readonly format: "elf" | "mach-o";
  /** As in the names of platforms: `x86_64`, `aarch64`. Some files of macOS serve several. */
  readonly machines: readonly string[];
  /** Size of an address. */
  readonly bits: 32 | 64;
  /** The C library that it asks for, where it asks for one that is known. */
  readonly libc: "glibc" | "musl" | undefined;
}

/** An application with all that it needs, as far as the code paths hold it. */
export interface ApplicationTree {
  /** The one that was asked for. */
  readonly root: string;
  /** By name. */
  readonly applications: ReadonlyMap<string, ShippedApplication>;
}
