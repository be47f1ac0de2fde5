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
  readonly kernel: { readonly version: string; readonly release: string | null } | null;
  readonly hostname: string | null;
  /** As OTP was built for it: `"x86_64"`, `"aarch64"`. */
  readonly architecture: string | null;
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

export interface NetworkInterface {
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
  readonly mac: string | null;
  readonly up: boolean;
  readonly loopback: boolean;
}
