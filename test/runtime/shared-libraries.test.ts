import { expect, test } from "vitest";
import { parseLdd } from "../../src/runtime/shared-libraries.ts";

test("parseLdd() leaves out the C library and the loader, and tells what is missing", () => {
  const output = `
	linux-vdso.so.1 (0x00007f45a9357000)
	libtinfo.so.6 => /lib/x86_64-linux-gnu/libtinfo.so.6 (0x00007f45a930f000)
	libstdc++.so.6 => /opt/my gcc/libstdc++.so.6 (0x00007f45a8a00000)
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f45a8d20000)
	libodd.so => not found
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f45a881e000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f45a9359000)
`;
  expect(parseLdd(output)).toEqual([
    { name: "libtinfo.so.6", file: "/lib/x86_64-linux-gnu/libtinfo.so.6" },
    { name: "libstdc++.so.6", file: "/opt/my gcc/libstdc++.so.6" },
    { name: "libodd.so", file: undefined },
  ]);
});

test("parseLdd() reads what musl prints", () => {
  const output = `
	/lib/ld-musl-x86_64.so.1 (0x7f0a5c5f2000)
	libncursesw.so.6 => /usr/lib/libncursesw.so.6 (0x7f0a5c1a0000)
	libc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f0a5c5f2000)
`;
  expect(parseLdd(output)).toEqual([{ name: "libncursesw.so.6", file: "/usr/lib/libncursesw.so.6" }]);
});
