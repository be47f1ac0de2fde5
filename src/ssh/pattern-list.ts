/**
 * Matches a host name against patterns as OpenSSH does in `known_hosts` and after `Host`: `*` and `?`
 * are wildcards, and a pattern with `!` in front takes the name out again, wherever it stands.
 *
 * @see https://man.openbsd.org/ssh_config#PATTERNS
 */
export function matchesPatternList(name: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (!matchesPattern(name, negated ? pattern.slice(1) : pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** Matches a whole text against one pattern of `*` and `?`, in time linear in both for every star. */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let patternAt = 0;
  // Where to go on when what follows the last star does not fit: one character further.
  let starAt = -1;
  let retryAt = 0;
  while (at < text.length) {
    if (pattern[patternAt] === "*") {
      starAt = patternAt++;
      retryAt = at;
    } else if (
      patternAt < pattern.length &&
      (pattern[patternAt] === "?" || pattern[patternAt] === text[at])
    ) {
      patternAt++;
      at++;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === "*") patternAt++;
  return patternAt === pattern.length;
}
