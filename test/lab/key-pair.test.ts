import { expect, test } from "vitest";
import { generateKeyPair, keyPairOf } from "../../src/lab/key-pair.ts";

test("generateKeyPair() makes keys that can be read again, also when their public key begins with a zero", () => {
  for (let round = 0; round < 1024; round += 1) {
    const pair = generateKeyPair();
    expect(keyPairOf(pair.privateKey)).toEqual(pair);
  }
});
