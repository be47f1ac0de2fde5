/** More are not followed: causes may lead to each other without an end. */
const MOST_CAUSES = 5;

/** What has caused an error, from the nearest on: of `fetch failed`, that the connection was refused. */
export function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let { cause } = error;
  while (cause !== undefined && cause !== null && causes.length < MOST_CAUSES) {
    causes.push(textOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** Several failed connections of one name have a code and no message. */
function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { name, message, code } = cause as NodeJS.ErrnoException;
  return message.split("\n", 1)[0] || (code ?? name);
}
