import { expect, test } from "vitest";
import { secret, Secret } from "../../src/secret.ts";
import { Talk } from "../../src/sessions/talk.ts";
import { byteStreamPair } from "../doubles/byte-stream-pair.ts";
import { receive } from "../ssh/received.ts";

test("a talk gives what the other side says, one after another, and hands over what follows", async () => {
  const [ours, theirs] = byteStreamPair();
  const talk = new Talk(ours);
  theirs.write(Buffer.from('{"one":1}\n{"two"'));
  theirs.write(Buffer.from(":2}\nnot for "));
  expect(await talk.next()).toEqual({ one: 1 });
  expect(await talk.next()).toEqual({ two: 2 });
  const rest = receive(talk.rest());
  theirs.write(Buffer.from("the talk"));
  theirs.close();
  expect((await rest).bytes.toString()).toBe("not for the talk");
});

test("a talk carries secrets as secrets", async () => {
  const [ours, theirs] = byteStreamPair();
  const talk = new Talk(ours);
  new Talk(theirs).send({ target: { password: secret("p4ss") } });
  const { target } = (await talk.next()) as { target: { password: Secret } };
  expect(target.password).toBeInstanceOf(Secret);
  expect(target.password.reveal()).toBe("p4ss");
});

test.each([
  ["hangs up", "", /it has hung up/],
  ["says what is no JSON", "what\n", /no JSON/],
])("next() rejects with SESSIONS_FAILED, when the other side %s", async (_, said, why) => {
  const [ours, theirs] = byteStreamPair();
  const talk = new Talk(ours);
  theirs.write(Buffer.from(said));
  theirs.close();
  await expect(talk.next()).rejects.toMatchObject({
    code: "SESSIONS_FAILED",
    message: expect.stringMatching(why),
  });
});

test("nextWithin() rejects with SESSIONS_FAILED, when the other side says nothing in that time", async () => {
  const [ours] = byteStreamPair();
  await expect(new Talk(ours).nextWithin(10)).rejects.toMatchObject({
    code: "SESSIONS_FAILED",
    message: expect.stringContaining("it does not answer within 0.01 s"),
  });
});

test("next() rejects when the other side never ends its line", async () => {
  const [ours, theirs] = byteStreamPair();
  const talk = new Talk(ours);
  theirs.write(Buffer.alloc(5 * 1024 * 1024, 120));
  await expect(talk.next()).rejects.toThrow(/it says too much/);
});
