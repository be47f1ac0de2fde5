const SECRET = "pass(?:word|wd|phrase)?|secret|token|cookie";
const SECRET_NAME = new RegExp(`(?:${SECRET})$`, "iu");
const SECRET_GIVEN = new RegExp(`(?<name>(?:${SECRET})["']?\\s*[:=]\\s*)\\S.*$`, "iu");

/** Whether the value of a variable or key of this name should not be shown. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Hides what a line gives a password or the like, and all that follows it. */
export function withoutSecret(line: string): string {
  return line.replace(SECRET_GIVEN, "$<name>********");
}
