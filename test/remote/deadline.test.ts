import { expect, test } from "vitest";
import { withDeadline } from "../../src/remote/deadline.ts";
import { unlessAborted } from "../../src/waits/unless-aborted.ts";

const never = new Promise<never>(() => {});
const open = (): AbortSignal => new AbortController().signal;

test("withDeadline() gives what the work gives, in time", async () => {
  expect(await withDeadline({ phase: "boot", host: "web1", ms: 1000, signal: open() }, async () => 7)).toBe(
    7,
  );
});

test("withDeadline() names phase, host and time when it is over", async () => {
  const deadline = { phase: "boot", host: "web1", ms: 20, signal: open(), hint: "wait" };
  await expect(withDeadline(deadline, (signal) => unlessAborted(never, signal))).rejects.toMatchObject({
    code: "TIMEOUT",
    message: 'Cannot finish phase "boot" on web1: no answer within 0.02 s',
    hint: "wait",
  });
});

test("withDeadline() ends with the outer signal's reason, and does not start when it is over already", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped");
  const pending = withDeadline(
    { phase: "boot", host: "web1", ms: 5000, signal: controller.signal },
    (signal) => unlessAborted(never, signal),
  );
  controller.abort(reason);
  await expect(pending).rejects.toBe(reason);
  let started = false;
  const late = withDeadline(
    { phase: "boot", host: "web1", ms: 5000, signal: controller.signal },
    async () => {
      started = true;
    },
  );
  await expect(late).rejects.toBe(reason);
  expect(started).toBe(false);
});
