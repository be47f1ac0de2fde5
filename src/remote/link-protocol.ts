import { encodeTerm } from "../etf/encode.ts";
import { binary } from "../etf/term.ts";
import { LINK_FORMS, LINK_MODULE } from "./link-module.ts";

/*
 * The link of a node to us, whose other side is `fusion_play_dist.erl`:
 *
 *     we ⇄ SSH ⇄ port of the link ⇄ relay, a process of the node
 *
 * To the node, the relay is the distribution controller of its connection to us: what we send it hands to the runtime
 * system, and what that has for us it sends. It keeps what we have not said we got, so that the connection
 * outlives the SSH connection. What goes over a link are frames with four bytes of length:
 *
 *     0, Data     the next bytes of the distribution protocol
 *     1, Count:64 so many frames with data were got from the other side
 *     2           the node shall end
 *     3           the node shall live on without a link, until the next one who knows the token makes one. What runs for
 *                 our node ends; then the relay hangs up
 *
 * Whoever connects has to know the token, and is told a number that is to be used once. That may be while the node still
 * starts; it answers the proof when it has its cookie:
 *
 *     relay → Nonce:16
 *           ← Own:16, md5("controller", Token, Nonce, Own):16, Received:64, the name of our node
 *     relay → md5("host", Token, Own, Nonce):16, Received:64
 *
 * `Received` is how many frames with data that side has got; the others are sent again.
 */

/** How long a BEAM waits for us to come back after the connection was lost, in seconds. */
export const LINGER_S = 15;
/** Each side says what it has got after so many frames, and the other one forgets them. */
export const ACKNOWLEDGE_FRAMES = 64;

/**
 * What is longer goes in frames of so many bytes, both ways. A host that has got no whole frame for 20 s ends: at this
 * length, that is less than 3.3 kB/s. Until it is told that the last ones were got, the host keeps all of a message.
 */
export const FRAME_BYTES: number = 64 * 1024;
/** What is slower is no way to a host, as it loses the link: see {@linkcode FRAME_BYTES}. */
export const SLOWEST_BYTES_PER_SECOND = 3000;

/** How long bytes may be on their way to a host, in milliseconds. */
export function slowestMs(bytes: number): number {
  return Math.ceil(bytes / SLOWEST_BYTES_PER_SECOND) * 1000;
}

/** The oldest release of OTP that loads {@linkcode LINK_MODULE}. */
export const OLDEST_OTP_OF_LINK = 24;

/**
 * The host's side of a link, as hosts are sent it. It is compiled, other than the rest of ours there, since each message goes
 * through it. A release that does not load the module asks for the texts of its forms, and compiles them. Both are what
 * `term_to_binary(Term, [compressed])` gives.
 */
export const LINK: { readonly module: Uint8Array; readonly forms: Uint8Array } = {
  module: encodeTerm(Buffer.from(LINK_MODULE, "base64"), { compressed: true }),
  forms: encodeTerm(LINK_FORMS.map(binary), { compressed: true }),
};
