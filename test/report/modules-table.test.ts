import { expect, test } from "vitest";
import { displayWidth } from "../../src/report/display-width.ts";
import { modulesTable } from "../../src/report/modules-table.ts";
import { sampleModules } from "./sample-modules.ts";

const plain = { color: false, unicode: true };

test("modulesTable() shows sizes, md5, the first that needs a module and why, and totals", () => {
  expect(modulesTable(sampleModules, plain)).toMatchInlineSnapshot(`
    "MODULE                                      FILE BYTES  BYTES  MD5                               NEEDED BY                      REASON                   EFFECTS
    health_os                                         2048    980  11111111111111111111111111111111  RemoteHealth +1                imports                  os.cmd, ?
    RemoteHealth.Check                                 900    400  22222222222222222222222222222222  RemoteHealth.Checks.DiskSpace  behaviour
    RemoteHealth.Checks.DiskSpace                    12345   5678  33333333333333333333333333333333  RemoteHealth +1                atom                     halt, (os.cmd, ?)
    RemoteHealth                                      4000   2000  44444444444444444444444444444444  health_os                      atom
    String.Chars.RemoteHealth.Checks.DiskSpace         800    300  55555555555555555555555555555555  RemoteHealth.Checks.DiskSpace  protocol implementation

    5 modules: 20.1 kB in files, 9.4 kB shipped (47 %)
    Provided by Erlang and Elixir, and not shipped: 2 modules
    "
  `);
});

test("modulesTable() shortens the md5 where a terminal is too narrow for it, and no name", () => {
  expect(modulesTable(sampleModules, { ...plain, width: 146 })).toMatchInlineSnapshot(`
    "MODULE                                      FILE BYTES  BYTES  MD5       NEEDED BY                      REASON                   EFFECTS
    health_os                                         2048    980  11111111  RemoteHealth +1                imports                  os.cmd, ?
    RemoteHealth.Check                                 900    400  22222222  RemoteHealth.Checks.DiskSpace  behaviour
    RemoteHealth.Checks.DiskSpace                    12345   5678  33333333  RemoteHealth +1                atom                     halt, (os.cmd, ?)
    RemoteHealth                                      4000   2000  44444444  health_os                      atom
    String.Chars.RemoteHealth.Checks.DiskSpace         800    300  55555555  RemoteHealth.Checks.DiskSpace  protocol implementation

    5 modules: 20.1 kB in files, 9.4 kB shipped (47 %)
    Provided by Erlang and Elixir, and not shipped: 2 modules
    "
  `);
});

test("modulesTable() cuts the longest names, and only as far as the terminal needs it", () => {
  expect(modulesTable(sampleModules, { ...plain, width: 100 })).toMatchInlineSnapshot(`
    "MODULE          FILE BYTES  BYTES  MD5       NEEDED BY       REASON                   EFFECTS
    health_os             2048    980  11111111  RemoteHeal… +1  imports                  os.cmd, ?
    RemoteHealth.…         900    400  22222222  RemoteHealth.…  behaviour
    RemoteHealth.…       12345   5678  33333333  RemoteHeal… +1  atom                     halt, (os.cmd…
    RemoteHealth          4000   2000  44444444  health_os       atom
    String.Chars.…         800    300  55555555  RemoteHealth.…  protocol implementation

    5 modules: 20.1 kB in files, 9.4 kB shipped (47 %)
    Provided by Erlang and Elixir, and not shipped: 2 modules
    "
  `);
});

test.each([200, 150, 120, 100, 90, 80, 40, 10])("modulesTable() fits into %i columns", (width) => {
  for (const unicode of [true, false]) {
    const lines = modulesTable(sampleModules, { color: false, unicode, width }).split("\n");
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
  }
});

test("modulesTable() writes ASCII only without UTF-8", () => {
  expect(modulesTable(sampleModules, { color: false, unicode: false, width: 90 })).toMatch(/^[\n -~]*$/);
});

test("modulesTable() says that there is nothing to ship, and what cannot be known", () => {
  const nothing = {
    ...sampleModules,
    roots: [],
    modules: [],
    totals: { modules: 0, file_bytes: 0, bytes: 0 },
    installed: { erlang: true, elixir: false },
  };
  expect(modulesTable(nothing, plain)).toMatchInlineSnapshot(`
    "No modules to ship
    Provided by Erlang and Elixir, and not shipped: 2 modules
    Elixir is not installed here: which modules it provides is not known
    "
  `);
});
