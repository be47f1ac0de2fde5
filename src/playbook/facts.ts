/** The name that expressions have for what the host tells about itself. */
export const FACTS_NAME = "facts";

/** What a host tells about itself. A fact that could not be found is null, and `errors` tells why. */
export interface Facts {
  /** `family` is `"unix"`; `type` is `"linux"`, `"darwin"`, …; the rest stands in `/etc/os-release`. */
  readonly os: {
    readonly family: string;
    readonly type: string;
    readonly id: string | null;
    readonly name: string | null;
    readonly version: string | null;
  } | null;
  /** Of Linux, `release` is what `uname -r` prints. */
  readonly kernel: { readonly version: string; readonly release: string | null } | null;
  /** Name that the host has for itself. */
  readonly hostname: string | null;
  /** As OTP was built for it: `"x86_64"`, `"aarch64"`. */
  readonly architecture: string | null;
  /** How many processors there are, and the name of the first one. */
  readonly cpu: { readonly count: number; readonly model: string | null } | null;
  /** In bytes. */
  readonly memory: Readonly<
    Record<"total" | "free" | "available" | "swap_total" | "swap_free", number | null>
  > | null;
  /** Block devices, with their sizes in bytes. */
  readonly disks:
    readonly { readonly name: string; readonly size: number; readonly rotational: boolean }[] | null;
  /** File systems on devices. */
  readonly mounts:
    readonly { readonly device: string; readonly path: string; readonly type: string }[] | null;
  /** Interfaces by name, and what of them matters most. */
  readonly network: {
    readonly interfaces: Readonly<Record<string, NetworkInterface>>;
    /** Those that other machines can reach. */
    readonly addresses: readonly string[];
    /** Of the default route over IPv4. */
    readonly gateway: string | null;
  } | null;
  /** Who the BEAM runs as. */
  readonly user: {
    readonly name: string | null;
    readonly uid: number | null;
    readonly gid: number | null;
    readonly home: string | null;
    readonly shell: string | null;
  } | null;
  /** The uid of each user in `/etc/passwd`. */
  readonly users: Readonly<Record<string, number>> | null;
  /** In seconds. */
  readonly uptime: number | null;
  /** Of the host's clock: seconds since 1970, and in UTC as text. */
  readonly time: { readonly unix: number; readonly iso8601: string } | null;
  /** `version` is the whole one, such as `"25.2.3"`. */
  readonly otp: {
    readonly release: string;
    readonly version: string | null;
    readonly erts: string;
    readonly root: string;
    readonly schedulers: number;
  } | null;
  /** Version of Elixir; null if the host has none. */
  readonly elixir: string | null;
  /** Why facts are null, by their names. */
  readonly errors: Readonly<Record<string, string>>;
}

/** An interface of the network. */
export interface NetworkInterface {
  /** Addresses of IPv4 and IPv6, with the lengths of their prefixes. */
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
  /** Hardware address; null if it has none. */
  readonly mac: string | null;
  /** Whether it is in use. */
  readonly up: boolean;
  /** Whether it leads to the host itself only. */
  readonly loopback: boolean;
}
