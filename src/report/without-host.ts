/** Takes the name of a host out of a message, so that messages of several hosts can be compared. */
export function withoutHost(message: string, host: string): string {
  if (host === "" || !message.includes(host)) return message;
  const name = host.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return message.replace(new RegExp(String.raw`(?<![\w.-])${name}(?![\w-]|\.\w)`, "g"), "<host>");
}
