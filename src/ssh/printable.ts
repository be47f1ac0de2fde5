/** Messages may quote what a server or program sent: control characters would act on the terminal. */
export function printable(message: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return message.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ").slice(0, 300);
}
