/** The only address that a lab listens on and connects to. */
export const loopback = "127.0.0.1";

/** Tells whether an address of a forwarding request means this machine. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}
