import { Duplex } from "node:stream";

import type { ByteStream } from "../bytes/byte-stream.ts";

/** A stream of an SSH connection as one of Node.js, to carry another SSH connection. */
export function byteDuplex(stream: ByteStream): Duplex {
  const duplex = new Duplex({
    allowHalfOpen: false,
    read() {},
    // What is on its way is bounded by the window of the connection that it carries.
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk);
      done();
    },
    final(done) {
      stream.close();
      done();
    },
    destroy(error, done) {
      stream.close();
      done(error);
    },
  });
  stream.listen({
    onBytes: (chunk) => void duplex.push(chunk),
    onEnd: (error) => {
      if (error === undefined) duplex.push(null);
      else duplex.destroy(error);
    },
  });
  return duplex;
}
