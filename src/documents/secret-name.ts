const SECRET = "pass(?:word|wd|phrase)?|secret|token|cookie";
const SECRET_NAME = new RegExp(`(?:${SECRET})$`, "iu");
const SECRET_GIVEN = new RegExp(`(?<name>(?:${SECRET})["']?\\s*[:=]\\s*)\\S.*$`, "iu");

/** Whether the value of a variable or key of this name should not be shown. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Hides what a line gives a password or the like, and all that follows it. */
export function withoutSecret(line: string): string {
  const start = secretStart(line);
  return start === undefined ? line : `${line.slice(0, start)}********`;
}

/** Words in quotes that are this program's own, or Ansible's: names of connection variables and keys. */
const OWN_WORDS =
  /^"(?:(?:fusion|ansible)_[a-z_]+|hosts|vars|children|hostvars|plugin|all|default|<<|:|,)"$/u;

/** Where in a line begins what it gives a password or the like. */
export function secretStart(line: string): number | undefined {
  const given = SECRET_GIVEN.exec(line);
  return given === null ? undefined : given.index + (given.groups?.["name"] ?? "").length;
}

/** Leaves out of a message what it tells of the text that it is about. */
export function withoutContent(message: string): string {
  return message
    .replaceAll(/"(?:[^"\\]|\\.)*"/gu, (quoted) => (OWN_WORDS.test(quoted) ? quoted : '"…"'))
    .replace(/, got .*$/su, "");
}
