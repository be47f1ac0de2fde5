/** The highest opcode of each release of OTP, as `genop.tab` of its compiler lists them. */
const HIGHEST_OPCODES: readonly (readonly [release: number, highestOpcode: number])[] = [
  [22, 168],
  [23, 170],
  [24, 176],
  [25, 180],
  [26, 182],
  [27, 183],
  [28, 184],
  [29, 193],
];

/** The oldest release whose table this is; what it reads, each host reads. */
const OLDEST_RELEASE = 22;
const NEWEST_RELEASE = 29;

/** The first version of the application `compiler` in each release of OTP: `otp_versions.table`. */
const COMPILER_VERSIONS: readonly (readonly [release: number, major: number, minor: number])[] = [
  [29, 10, 0],
  [28, 9, 0],
  [27, 8, 5],
  [26, 8, 3],
  [25, 8, 2],
  [24, 8, 0],
  [23, 7, 6],
  [22, 7, 4],
];

/**
 * The oldest release of OTP that knows all instructions up to `maxOpcode`; `undefined` where OTP 22
 * does. Code that goes beyond every known release counts as one newer than the newest.
 */
export function releaseOfOpcode(maxOpcode: number): number | undefined {
  const release = HIGHEST_OPCODES.find(([, highest]) => maxOpcode <= highest)?.[0] ?? NEWEST_RELEASE + 1;
  return release === OLDEST_RELEASE ? undefined : release;
}

/** The release of OTP that a version of the application `compiler`, such as `8.2.3`, belongs to. */
export function releaseOfCompiler(version: string): number | undefined {
  const [major = NaN, minor = 0] = version.split(".").map(Number);
  const found = COMPILER_VERSIONS.find(
    ([, firstMajor, firstMinor]) => major > firstMajor || (major === firstMajor && minor >= firstMinor),
  );
  if (found === undefined) return undefined;
  const [release, firstMajor] = found;
  // A major version above the table's is a release that the table does not know.
  return release === NEWEST_RELEASE && major > firstMajor ? undefined : release;
}
