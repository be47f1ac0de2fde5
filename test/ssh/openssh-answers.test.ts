import { expect, test } from "vitest";

import { secret } from "../../src/secret.ts";
import { hasAnswers, OpensshAnswers } from "../../src/ssh/openssh-answers.ts";
import { DEFAULT_TIMEOUTS, type SshTarget } from "../../src/ssh/ssh-target.ts";

const PASSWORD = secret("the-password");
const PASSPHRASE = secret("the-passphrase");
const TARGET: SshTarget = {
  name: "web1",
  address: "web1",
  port: 22,
  user: "me",
  password: PASSWORD,
  identities: [{ file: "/keys/id", passphrase: PASSPHRASE, required: true }],
  identitiesOnly: false,
  hostKeys: { files: [], checking: "strict" },
  timeouts: DEFAULT_TIMEOUTS,
  route: { type: "direct" },
};

function question(text: string, kind = ""): { text: string; asker: number; kind: string } {
  return { text, asker: 1, kind };
}

test.each([
  ["me@web1's password: ", PASSWORD],
  ["(me@web1) Password: ", PASSWORD],
  ["(me@web1) Passwort: ", PASSWORD],
  ["Enter passphrase for key '/keys/id': ", PASSPHRASE],
  ["Enter PIN for ED25519-SK key /keys/id: ", undefined],
  ["Are you sure you want to continue connecting (yes/no/[fingerprint])? ", undefined],
])("answer() knows what %j wants", (text, expected) => {
  expect(new OpensshAnswers(TARGET).answer(question(text), 0)).toBe(expected);
});

test.each(["confirm", "none"])("answer() gives nothing to what is no question for a secret: %s", (kind) => {
  const text = "Confirm user presence for key ED25519-SK, me@web1's password: ";
  expect(new OpensshAnswers(TARGET).answer(question(text, kind), 0)).toBeUndefined();
});

test("answer() gives the password again only after another proof was accepted", () => {
  const answers = new OpensshAnswers(TARGET);
  const asked = question("me@web1's password: ");
  expect(answers.answer(asked, 1)).toBe(PASSWORD);
  expect(answers.answer(asked, 1)).toBe("refused");
  expect(answers.answer(asked, 2)).toBe(PASSWORD);
  expect(answers.answer(asked, 2)).toBe("refused");
});

test("answer() opens each key once", () => {
  const answers = new OpensshAnswers(TARGET);
  const asked = (file: string): unknown =>
    answers.answer(question(`Enter passphrase for key '${file}': `), 0);
  expect([asked("/keys/a"), asked("/keys/a"), asked("/keys/b")]).toEqual([PASSPHRASE, undefined, PASSPHRASE]);
});

test("answer() gives nothing that is not known", () => {
  const { password: _password, ...rest } = TARGET;
  const bare: SshTarget = { ...rest, identities: [{ file: "/keys/id", required: true }] };
  expect(hasAnswers(bare)).toBe(false);
  expect(hasAnswers({ ...bare, password: PASSWORD })).toBe(true);
  expect(new OpensshAnswers(bare).answer(question("me@web1's password: "), 0)).toBeUndefined();
  expect(
    new OpensshAnswers(bare).answer(question("Enter passphrase for key '/keys/id': "), 0),
  ).toBeUndefined();
});
