import fc from "fast-check";
import { expect, test } from "vitest";
import { KnownHostsIndex } from "../../src/ssh/known-hosts-index.ts";
import { linesAbout, parseKnownHosts } from "../../src/ssh/known-hosts.ts";
import { generateKeyPair } from "../../src/lab/key-pair.ts";

const { publicKey } = generateKeyPair();
/** What `ssh-keygen -H` made of `web1`. */
const HASHED = "|1|OwpKTKVWQvAAgo+G//E8Zn1BdLs=|APnC/H4g5YhfsDdRIiMB6TZt6as=";
const NAMES = ["web1", "web2", "[web1]:2222", "10.0.0.1"];

test("KnownHostsIndex.about() finds the lines that linesAbout() finds, in the order of the file", () => {
  const names = fc.constantFrom(...NAMES, "web*", "!web1", "web?", "Web1", HASHED);
  const line = fc.record({
    marker: fc.constantFrom("", "", "@revoked ", "@cert-authority "),
    names: fc.array(names, { minLength: 1, maxLength: 3 }).map((all) => {
      // A hashed name stands alone.
      return all.includes(HASHED) ? HASHED : all.join(",");
    }),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.map(({ marker, names: all }) => `${marker}${all} ${publicKey}\n`).join("");
      const known = parseKnownHosts(text, "known_hosts");
      const index = new KnownHostsIndex(known);
      for (const name of NAMES) expect(index.about(name)).toEqual(linesAbout(known, name));
    }),
  );
});
