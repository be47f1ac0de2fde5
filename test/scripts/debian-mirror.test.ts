import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCheckout, type Checkout, type Outcome } from "./checkout.ts";

let checkout: Checkout;

beforeEach(async () => {
  checkout = await makeCheckout();
  await checkout.write(
    "scripts/tell.mjs",
    'import { debianMirror } from "./debian-mirror.mjs";\nconsole.log(debianMirror(...process.argv.slice(2)));\n',
  );
});

afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

/** What is told where apt has these files. */
async function told(files: Readonly<Record<string, string>>, given = ""): Promise<Outcome> {
  for (const [name, text] of Object.entries(files)) await checkout.write(`apt/${name}`, text);
  return checkout.run("tell.mjs", [given, join(checkout.root, "apt")]);
}

const DEB822 = `# A comment
Types: deb deb-src
URIs: http://mirror.test/debian
Suites: bookworm
# Another one
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
`;
const FOUND = "http://mirror.test/debian";

test.each<[string, Record<string, string>]>([
  ["a .sources file", { "sources.list.d/debian.sources": DEB822 }],
  [
    "a .sources file with the key in it",
    {
      "sources.list.d/all.sources": `Types: deb\nURIs: https://third.test/debian\nSuites: stable\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n\n${DEB822}`,
    },
  ],
  [
    "sources.list",
    {
      "sources.list": `#deb http://former.test/debian stable main\ndeb cdrom:[Debian 12]/debian stable main\ndeb http://mirror.test/debian-security bookworm-security main\ndeb ${FOUND} bookworm main # ours\n`,
    },
  ],
  [
    "a .list file, with options",
    {
      "sources.list.d/a.list":
        "deb [signed-by=/usr/share/keyrings/third.gpg] http://third.test/debian bookworm main\n",
      "sources.list.d/b.list": `deb-src ${FOUND}-sources sid main\ndeb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.pgp ] ${FOUND} sid main\n`,
    },
  ],
  [
    "both, where only one is enabled, and signed by Debian",
    {
      "sources.list": "deb http://apt.test/mydebian stable main\n",
      "sources.list.d/debian.sources": `${DEB822.replaceAll(FOUND, "http://off.test/debian").replace("Types", "Enabled: no\nTypes")}\n${DEB822}`,
    },
  ],
])("debianMirror() finds the mirror of this machine in %s", async (_, files) => {
  expect(await told(files)).toEqual({ code: 0, stdout: `${FOUND}\n`, stderr: "" });
});

test("debianMirror() takes the one that it is given, whatever apt has", async () => {
  const { stdout } = await told({ "sources.list.d/debian.sources": DEB822 }, "http://given.test/debian");
  expect(stdout).toBe("http://given.test/debian\n");
});

test.each<[string, Record<string, string>]>([
  ["no apt", {}],
  ["another distribution", { "sources.list": "deb http://archive.test/ubuntu jammy main universe\n" }],
  [
    "third parties alone",
    {
      "sources.list":
        "deb http://apt.test/node_20.x nodistro main\ndeb http://releases.test/ bookworm main\n",
      "sources.list.d/old.sources.disabled": DEB822,
    },
  ],
])("debianMirror() says what to set, where there is %s", async (_, files) => {
  const { code, stderr } = await told(files);
  expect(code).toBe(1);
  expect(stderr).toContain("set FUSION_MATRIX_MIRROR");
});
