/**
 * Capabilities that nodes tell each other in the handshake.
 *
 * @see https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#distribution-flags
 */
export const DFLAG = {
  PUBLISHED: 0x1n,
  EXTENDED_REFERENCES: 0x4n,
  DIST_MONITOR: 0x8n,
  FUN_TAGS: 0x10n,
  DIST_MONITOR_NAME: 0x20n,
  NEW_FUN_TAGS: 0x80n,
  EXTENDED_PIDS_PORTS: 0x100n,
  EXPORT_PTR_TAG: 0x200n,
  BIT_BINARIES: 0x400n,
  NEW_FLOATS: 0x800n,
  UNICODE_IO: 0x1000n,
  DIST_HDR_ATOM_CACHE: 0x2000n,
  SMALL_ATOM_TAGS: 0x4000n,
  UTF8_ATOMS: 0x1_0000n,
  MAP_TAG: 0x2_0000n,
  BIG_CREATION: 0x4_0000n,
  EXIT_PAYLOAD: 0x40_0000n,
  FRAGMENTS: 0x80_0000n,
  HANDSHAKE_23: 0x100_0000n,
  UNLINK_ID: 0x200_0000n,
  MANDATORY_25_DIGEST: 0x400_0000n,
  SPAWN: 0x1_0000_0000n,
  V4_NC: 0x4_0000_0000n,
} as const;

/**
 * What our node offers. Absent on purpose: `PUBLISHED`, so that `global` on the hosts does not see
 * us; `DIST_HDR_ATOM_CACHE` and `FRAGMENTS`, so that messages come whole and without headers.
 * A node sends no `DOWN` unless both `DIST_MONITOR` flags are offered.
 */
export const OFFERED_FLAGS: bigint =
  DFLAG.EXTENDED_REFERENCES |
  DFLAG.DIST_MONITOR |
  DFLAG.FUN_TAGS |
  DFLAG.DIST_MONITOR_NAME |
  DFLAG.NEW_FUN_TAGS |
  DFLAG.EXTENDED_PIDS_PORTS |
  DFLAG.EXPORT_PTR_TAG |
  DFLAG.BIT_BINARIES |
  DFLAG.NEW_FLOATS |
  DFLAG.UNICODE_IO |
  DFLAG.SMALL_ATOM_TAGS |
  DFLAG.UTF8_ATOMS |
  DFLAG.MAP_TAG |
  DFLAG.BIG_CREATION |
  DFLAG.EXIT_PAYLOAD |
  DFLAG.HANDSHAKE_23 |
  DFLAG.UNLINK_ID |
  DFLAG.MANDATORY_25_DIGEST |
  DFLAG.SPAWN |
  DFLAG.V4_NC;

/** What the other node must offer: OTP 23, the first with SPAWN_REQUEST, offers all of it. */
export const REQUIRED_FLAGS: bigint =
  DFLAG.EXTENDED_REFERENCES |
  DFLAG.DIST_MONITOR |
  DFLAG.FUN_TAGS |
  DFLAG.EXTENDED_PIDS_PORTS |
  DFLAG.UTF8_ATOMS |
  DFLAG.NEW_FUN_TAGS |
  DFLAG.BIG_CREATION |
  DFLAG.NEW_FLOATS |
  DFLAG.MAP_TAG |
  DFLAG.EXPORT_PTR_TAG |
  DFLAG.BIT_BINARIES |
  DFLAG.HANDSHAKE_23 |
  DFLAG.SPAWN;

/** Names of the flags that `offered` lacks of those required. */
export function missingFlags(offered: bigint): string[] {
  return Object.entries(DFLAG)
    .filter(([, flag]) => (REQUIRED_FLAGS & flag) !== 0n && (offered & flag) === 0n)
    .map(([name]) => name);
}
