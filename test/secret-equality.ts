import { expect } from "vitest";
import { Secret } from "../src/secret.ts";

// What a secret holds is private, and so all of them would count as the same.
expect.addEqualityTesters([
  function areSameSecrets(one: unknown, other: unknown) {
    if (!(one instanceof Secret) && !(other instanceof Secret)) return undefined;
    if (!(one instanceof Secret) || !(other instanceof Secret)) return false;
    return this.equals(one.reveal(), other.reveal(), []);
  },
]);
