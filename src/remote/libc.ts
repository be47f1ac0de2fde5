/** Reads `glibc 2.36`, `ldd (Debian GLIBC 2.36-9) 2.36` or `musl libc (x86_64)`; undefined for anything else. */
export function libcOf(text: string): string | undefined {
  const [, version] = /(?:glibc|gnu libc).*?(\d+\.\d+)/i.exec(text) ?? [];
  if (version !== undefined) return `glibc ${version}`;
  return /musl/i.test(text) ? "musl" : undefined;
}
