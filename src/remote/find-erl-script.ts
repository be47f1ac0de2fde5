/** Folders that are looked through, in groups: the first group that has `erl` counts, and of it the last folder. */
const FOLDERS: readonly (readonly string[])[] = [
  // Version managers: the newest version.
  ['"${ASDF_DATA_DIR:-$HOME/.asdf}"/installs/erlang/*/bin'],
  ['"${MISE_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/mise}"/installs/erlang/*/bin'],
  ['"$HOME"/.kerl/installs/*/bin', '"$HOME"/kerl/*/bin', '"$HOME"/.elixir-install/installs/otp/*/bin'],
  ["/usr/bin", "/usr/local/bin"],
  ["/usr/lib/erlang/bin", "/usr/lib64/erlang/bin", "/usr/local/lib/erlang/bin"],
  [
    '"$HOME"/.nix-profile/bin',
    "/run/current-system/sw/bin",
    "/opt/local/bin",
    "/home/linuxbrew/.linuxbrew/bin",
    "/opt/homebrew/opt/erlang*/bin",
    "/opt/homebrew/bin",
  ],
  ["/opt/*/bin", "/opt/*/lib/erlang/bin", "/opt/erlang/*/bin", "/opt/otp/*/bin"],
  // Releases, which bring a runtime system.
  [
    '"$HOME"/*/erts-*/bin',
    "/app/erts-*/bin",
    "/srv/*/erts-*/bin",
    "/opt/*/*/erts-*/bin",
    "/opt/*/erts-*/bin",
    "/usr/lib/erlang/erts-*/bin",
  ],
];

/** The same, as messages name them: without quotes, and patterns stay patterns. */
const FOLDERS_TEXT = FOLDERS.flat()
  .map((folder) => folder.replaceAll('"', ""))
  .map((folder) => folder.replace(/^\$\{ASDF_DATA_DIR[^}]*\}/, "~/.asdf").replace(/^\$HOME/, "~"))
  .map((folder) => folder.replace(/^\$\{MISE_DATA_DIR.*\}\/mise\}/, "~/.local/share/mise"))
  .join(", ");

/** How long a login shell may take to tell its PATH, in seconds, where the host has `timeout`. */
const LOGIN_SHELL_SECONDS = 5;

/**
 * Lines for `/bin/sh` that look for `erl` and set `e` to its path, empty where there is none, and `l` to
 * where it was looked for, as text. PATH comes first and costs nothing; only without it there the login
 * shell is asked, whose PATH then counts from there on, and folders are looked through.
 */
const FIND_ERL: readonly string[] = [
  'e=$(command -v erl) || { e=; f() { for x in "$@"; do [ -f "$x/erl" ] && [ -x "$x/erl" ] && e=$x/erl; done; [ -n "$e" ]; }',
  `t=; command -v timeout >/dev/null && t="timeout ${LOGIN_SHELL_SECONDS}"`,
  `q=$($t "\${SHELL:-/bin/sh}" -lc 'echo "fusion-path:$PATH"' </dev/null 2>/dev/null | sed -n "s/^fusion-path://p" | tail -n 1)`,
  '{ [ -n "$q" ] && e=$(PATH=$q; command -v erl) && PATH=$q && export PATH; }' +
    ' || { k=${KERL_BASE_DIR:-$HOME/.kerl}/otp_installations; [ -r "$k" ] && { while read -r n d; do f "$d/bin"; done <"$k"; [ -n "$e" ]; }; }' +
    FOLDERS.map((folders) => ` || f ${folders.join(" ")}`).join("") +
    " || e=; }",
  `l="PATH ($PATH), PATH of the login shell ($q), installations of kerl, ${FOLDERS_TEXT}"`,
];

/** The same where the path of the program is given as `$2`. */
const GIVEN_ERL: readonly string[] = ['e=$2; l=$2; command -v "$e" >/dev/null || e='];

/** A line for `/bin/sh` that sets `c` to the folder of the user on a host for what is kept from run to run. */
export const HOST_CACHE: string =
  // The specification of XDG has relative paths ignored.
  "case $XDG_CACHE_HOME in /*) c=$XDG_CACHE_HOME;; *) c=$HOME/.cache;; esac; c=$c/fusion-play";

/** Prints the C library of a host, such as `glibc 2.36`; nothing of use where it is neither that nor musl. */
export const LIBC_SCRIPT: string =
  "getconf GNU_LIBC_VERSION 2>/dev/null || { ldd --version 2>&1 | head -n 1; }";

/** What the boot command says where the bundle is not on the host yet, before it ends. */
export const RUNTIME_MISSING = "fusion-play:runtime-missing:";

/** The same where a bundle was brought to the host, whose hash is `$2`. */
const BUNDLED_ERL: readonly string[] = [
  HOST_CACHE,
  "e=$c/otp-$2/bin/erl; l=$e",
  `[ -x "$e" ] || { echo "${RUNTIME_MISSING}$(uname -s):$(uname -m):$(${LIBC_SCRIPT})"; exit 127; }`,
];

/** Where the `erl` of a host comes from. */
export type ErlSource =
  | { readonly type: "search" }
  | { readonly type: "path"; readonly path: string }
  | { readonly type: "bundle"; readonly sha256: string };

/** Lines that find it, as {@linkcode FIND_ERL} does, and the arguments that they take from `$2` on. */
export function erlLines(source: ErlSource): { lines: readonly string[]; args: readonly string[] } {
  switch (source.type) {
    case "search":
      return { lines: FIND_ERL, args: [] };
    case "path":
      return { lines: GIVEN_ERL, args: [source.path] };
    case "bundle":
      return { lines: BUNDLED_ERL, args: [source.sha256] };
  }
}

const RELEASES_WITH_FLAGS = Array.from({ length: 20 }, (_, index) => `ERL_OTP${index + 21}_FLAGS`);

/** A line for `/bin/sh` that keeps from `erl` the flags that the user's environment gives every one. */
export const NO_USER_FLAGS: string = ["unset ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS", ...RELEASES_WITH_FLAGS].join(
  " ",
);

/**
 * A line for `/bin/sh` that keeps `$1` as `s`, and makes the flags that boot `$e` the positional parameters.
 * A release need not have the boot script that OTP has; that of a release may run `~/.erlang`, which
 * is not found where there are two home folders.
 */
export const BOOT_FLAGS: string = [
  "s=$1; b=no_dot_erlang; r=${e%/erts-*}",
  'set -- ; [ "$r" = "$e" ] || [ -e "$r/bin/$b.boot" ] || for x in "$r"/releases/*/start_clean.boot "$r"/releases/*/$b.boot; do [ -e "$x" ] && b=${x%.boot} && set -- -boot_var RELEASE_LIB "$r/lib" -home none; done',
  'set -- -boot "$b" "$@"',
].join("; ");
