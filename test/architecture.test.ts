import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/** One import or re-export. */
interface Import {
  readonly from: string;
  /** A file of ours relative to src/, or the name of a package. */
  readonly to: string;
  readonly external: boolean;
  readonly typesOnly: boolean;
}

/** What a cell of a table allows: a room or a file, perhaps only its types. */
interface Permission {
  readonly path: string;
  readonly typesOnly: boolean;
}

/** What every room may import: files and a room. */
const EVERYWHERE: readonly string[] = ["error-code.ts", "error-codes", "errors.ts", "secret.ts"];

const files = typescriptFiles(source);
const imports = files.flatMap(importsOf);
const document = readFileSync(join(root, "docs/architecture.md"), "utf8");
const rooms = permissionTable("room");
const packages = permissionTable("package");

describe("the table of rooms in docs/architecture.md", () => {
  test("has every folder of src/, and no other", () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect([...rooms.keys()].toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
  });

  test("allows every import between rooms", () => {
    const forbidden = imports.filter(
      (candidate) => !candidate.external && roomOf(candidate.from) !== undefined && !isAllowed(candidate),
    );
    expect(forbidden.map(describeImport)).toEqual([]);
  });

  test("holds for what every room may import, which imports nothing else", () => {
    const others = imports.filter(({ from, to }) => isEverywhere(from) && !isEverywhere(to));
    expect(others.map(describeImport)).toEqual([]);
  });
});

describe("the table of packages in docs/architecture.md", () => {
  test("allows every import of a package", () => {
    const forbidden = imports.filter(
      ({ external, from, to }) => external && !packages.get(to)?.some(({ path }) => covers(path, from)),
    );
    expect(forbidden.map(describeImport)).toEqual([]);
  });

  test("has every dependency of package.json, and no other", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect([...packages.keys()].toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
  });
});

test("no file imports itself through others", () => {
  expect(findCycle()).toBeUndefined();
});

test("no import leads to a file that is not there", () => {
  const missing = imports.filter(({ external, to }) => !external && !files.includes(to));
  expect(missing.map(describeImport)).toEqual([]);
});

test("no file or folder has a name that says nothing", () => {
  const saysNothing = /^(utils?|helpers?|types?|constants?|interfaces?|common|base|misc|shared)$/;
  const names = [...files, ...typescriptFiles(join(root, "test"))].flatMap((file) =>
    file.split("/").filter((part) => saysNothing.test(part.replace(/(\.test)?\.ts$/, ""))),
  );
  expect(names).toEqual([]);
});

test("only src/index.ts is a barrel", () => {
  expect(files.filter((file) => /(^|\/)index\.ts$/.test(file))).toEqual(["index.ts"]);
});

test("every file has a name in kebab-case", () => {
  expect(
    files.filter((file) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(file)),
  ).toEqual([]);
});

test("what reads files beside dist/ is as deep as the chunks that it is bundled into", () => {
  const readers = files.filter((file) => readFileSync(join(source, file), "utf8").includes("import.meta"));
  expect(readers.length).toBeGreaterThan(0);
  expect(readers.filter((file) => file.split("/").length !== 2)).toEqual([]);
});

test("no file has more than 450 lines", () => {
  expect(files.filter((file) => readFileSync(join(source, file), "utf8").split("\n").length > 451)).toEqual(
    [],
  );
});

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.split("/").includes("fixtures"))
    .toSorted();
}

/** Finds imports by their form: a statement that begins a line, or a call of `import()`. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\s(?<names>[\w\s{},*$]*?)\sfrom\s"(?<target>[^"\n]+)";|^import "(?<effect>[^"\n]+)";|\bimport\("(?<loaded>[^"\n]+)"\)/gm,
  );
  return [...statements].flatMap(({ groups = {} }) => {
    const target = groups["target"] ?? groups["effect"] ?? groups["loaded"] ?? "";
    if (target.startsWith("node:")) return [];
    const external = !target.startsWith(".");
    return [
      {
        from: file,
        to: external ? packageOf(target) : relative(source, join(source, dirname(file), target)),
        external,
        typesOnly: bringsTypesOnly(groups["names"]),
      },
    ];
  });
}

/** `type { A, B }`, or braces in which every name has `type` before it. */
function bringsTypesOnly(names: string | undefined): boolean {
  if (names === undefined) return false;
  if (/^\s*type\b/.test(names)) return true;
  const inside = /^\s*\{(?<list>[^}]*)\}\s*$/.exec(names)?.groups?.["list"];
  return inside?.split(",").every((name) => /^\s*(type\s.*)?$/s.test(name)) ?? false;
}

function packageOf(target: string): string {
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Reads the table whose first column is called `title`: names, and what its second column allows them. */
function permissionTable(title: string): Map<string, Permission[]> {
  const lines = document.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\| ${title} +\\|`).test(line));
  expect(start, `a table with the column '${title}'`).toBeGreaterThan(-1);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return new Map(
    lines.slice(start + 2, end).map((line) => {
      const [, name = "", cell = ""] = line.split("|");
      return [name.replaceAll(/[`\s]/g, ""), permissionsOf(cell.trim())];
    }),
  );
}

function permissionsOf(cell: string): Permission[] {
  if (cell === "nothing") return [];
  if (cell === "everything") return [{ path: "", typesOnly: false }];
  return cell.split(", ").map((item) => {
    const [, path, types] = /^`([^`]+)`( \(types\))?$/.exec(item) ?? [];
    if (path === undefined) throw new Error(`docs/architecture.md: not a room, a file or its types: ${item}`);
    return { path, typesOnly: types !== undefined };
  });
}

function isAllowed({ from, to, typesOnly }: Import): boolean {
  const room = roomOf(from);
  if (isEverywhere(to) || room === roomOf(to)) return true;
  const permissions = rooms.get(room ?? "") ?? [];
  return permissions.some(
    (permission) => covers(permission.path, to) && (typesOnly || !permission.typesOnly),
  );
}

/** Whether a path of a table is the file itself, a folder above it, or everything. */
function covers(path: string, file: string): boolean {
  return path === "" || path === file || file.startsWith(`${path}/`);
}

function isEverywhere(file: string): boolean {
  return EVERYWHERE.some((path) => covers(path, file));
}

function roomOf(file: string): string | undefined {
  return file.includes("/") ? file.split("/")[0] : undefined;
}

function describeImport({ from, to, typesOnly }: Import): string {
  return `${from} imports ${typesOnly ? "types of " : ""}${to}`;
}

/** Finds the files of one cycle; types count too, as a reader has to follow them as well. */
function findCycle(): readonly string[] | undefined {
  const targetsOf = (file: string): string[] =>
    imports.filter(({ from, external }) => from === file && !external).map(({ to }) => to);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of targetsOf(file)) {
      const cycle = visit(to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
