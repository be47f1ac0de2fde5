import { expect, test } from "vitest";
import { becomeOf } from "../../src/remote/become-command.ts";

test("becomeOf() refuses a method that is not supported, and only for a host that is used with it", () => {
  const connection = { becomeMethod: "runas", becomeUser: "app" };
  expect(becomeOf({ name: "web1", connection })).toBeUndefined();
  expect(() => becomeOf({ name: "web1", connection: { ...connection, become: true } })).toThrow(
    expect.objectContaining({
      code: "BECOME_FAILED",
      message: 'Cannot become "app" on web1 with runas: it is not supported',
      hint: "Give sudo, doas or su as fusion_become_method, or leave fusion_become out",
    }),
  );
});
