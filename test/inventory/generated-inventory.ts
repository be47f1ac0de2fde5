import fc from "fast-check";

/** Files of an inventory in one folder, and which of them are its sources. */
export interface GeneratedInventory {
  /** Text by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths, and lists of hosts. */
  readonly sources: readonly string[];
  readonly playbookFolder?: string;
}

/** Makes inventories that are the same each time: YAML, INI, folders, lists, variables in files, and mixtures. */
export function generateInventories(count: number): GeneratedInventory[] {
  return fc.sample(inventory, { seed: 20_261_121, numRuns: count });
}

/** Children always have a later name than their parents, so that no circle is made. */
const GROUPS = ["region", "east", "west", "prod", "web", "db", "cache", "edge_1"];
const HOSTS = ["web1", "web2", "web3", "db1", "db2", "mail", "lone", "cache-a", "cache-b", "10.0.0.7"];
const HOST_PATTERNS = [
  ...HOSTS,
  "web[1:4]",
  "db-[a:c]",
  "n[01:09:4]",
  "r[1:2]-[x:y].example.com",
  "10.0.0.[1:3]",
  "db1:2222",
  "web[1:2]:2022",
  "fe80::1",
  "[fe80::2]:22",
];
const YAML_VALUES = choices(String.raw`
1 | -7 | 010 | 0x1F | 0b11 | 1_000 | 12:30:45 | 3.0 | 1.5e+3 | 1e3 | .5 | 123456789012345678901
yes | No | on | y | true | ~ | null | '' | '0123' | "a\tb \u00e9" | 'it''s' | text # comment
a plain text | 2001-12-14 | [] | {} | [1, two, [yes]] | {a: 1, b: {c: no}} | é ü 漢 😀 | 0.1
1.0e-7 | '{{ other }}' | a:b | http://example.com:80/x | !!str 12 | 1.10 | 0777 | 08 | +1
-0.0 | 1e+20
`);
const INI_VALUES = choices(String.raw`
1 | -7 | 010 | 0x1F | 1_000 | 3.0 | 1e3 | .5 | 5. | True | true | None | yes
123456789012345678901 | text | 'two words' | '"quoted"' | "[1, 2, {3: None}]"
"{'a': (1, 2.50)}" | 10.0.0.1 | - | é漢 | a=b | '' | "'x'" | 1.2.3 | '0777' | "{{ other }}"
'[1,2]' | 1e400x | -1.5e-7 | '()' | '(1,)' | '[]'
`);
const VARIABLES = [
  "port",
  "env",
  "role",
  "tier",
  "flags",
  "x_1",
  "ansible_python_interpreter",
  "ansible_become_flags",
];

/** Choices stand in a table, with bars between them. */
function choices(table: string): string[] {
  return table.trim().split(/ \| |\n/u);
}

const value = (values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const variables = (values: readonly string[]): fc.Arbitrary<(readonly [string, string])[]> =>
  fc.uniqueArray(fc.tuple(value(VARIABLES), value(values)), { selector: ([name]) => name, maxLength: 4 });
const priority = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 3 });

interface YamlGroup {
  readonly hosts: readonly (readonly [string, readonly (readonly [string, string])[]])[];
  readonly vars: readonly (readonly [string, string])[];
  readonly priority: number | undefined;
  readonly children: readonly (readonly [string, YamlGroup])[];
}

function yamlGroup(from: number): fc.Arbitrary<YamlGroup> {
  const children =
    from >= GROUPS.length
      ? fc.constant([])
      : fc.uniqueArray(
          fc
            .integer({ min: from, max: GROUPS.length - 1 })
            .chain((index) => fc.tuple(fc.constant(GROUPS[index] ?? ""), yamlGroup(index + 1))),
          { selector: ([name]) => name, maxLength: 2 },
        );
  return fc.record({
    hosts: fc.uniqueArray(fc.tuple(value(HOST_PATTERNS), variables(YAML_VALUES)), {
      selector: ([name]) => name,
      maxLength: 4,
    }),
    vars: variables(YAML_VALUES),
    priority,
    children,
  });
}

function yamlText(name: string, group: YamlGroup, indent: string): string {
  const inner = `${indent}  `;
  const vars = [
    ...group.vars,
    ...(group.priority === undefined ? [] : [["ansible_group_priority", String(group.priority)] as const]),
  ];
  const entries = (pairs: readonly (readonly [string, string])[], at: string): string =>
    pairs.map(([key, text]) => `${at}${key}: ${text}\n`).join("");
  const hosts = group.hosts.map(
    ([host, own]) => `${inner}  ${JSON.stringify(host)}:\n${entries(own, `${inner}    `)}`,
  );
  const children = group.children.map(([child, below]) => yamlText(child, below, `${inner}  `));
  return [
    `${indent}${name}:\n`,
    hosts.length > 0 ? `${inner}hosts:\n${hosts.join("")}` : "",
    vars.length > 0 ? `${inner}vars:\n${entries(vars, `${inner}  `)}` : "",
    children.length > 0 ? `${inner}children:\n${children.join("")}` : "",
  ].join("");
}

const yamlFile: fc.Arbitrary<string> = fc
  .uniqueArray(
    fc
      .integer({ min: -1, max: GROUPS.length - 1 })
      .chain((index) => fc.tuple(fc.constant(GROUPS[index] ?? "all"), yamlGroup(index + 1))),
    { selector: ([name]) => name, minLength: 1, maxLength: 4 },
  )
  .map((groups) => `---\n${groups.map(([name, group]) => yamlText(name, group, "")).join("")}`);

const iniHosts = fc
  .array(fc.tuple(value(HOST_PATTERNS), variables(INI_VALUES)), { minLength: 1, maxLength: 4 })
  .map((hosts) =>
    hosts.map(([host, own]) => [host, ...own.map(([name, text]) => `${name}=${text}`)].join(" ")).join("\n"),
  );

const iniFile: fc.Arbitrary<string> = fc
  .tuple(
    iniHosts,
    fc.array(
      fc.record({
        index: fc.integer({ min: 0, max: GROUPS.length - 1 }),
        hosts: fc.option(iniHosts, { nil: "" }),
        vars: variables(INI_VALUES),
        priority,
        children: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  )
  .map(([lone, sections]) => {
    const text = sections.map(({ index, hosts, vars, priority: rank, children }) => {
      const name = GROUPS[index] ?? "";
      const below = children.flatMap((step) => GROUPS[index + step] ?? []);
      return [
        `[${name}] # a group\n${hosts}\n`,
        vars.length > 0 || rank !== undefined ? `[${name}:vars]\n` : "",
        ...vars.map(([variable, given]) => `${variable} = ${given}\n`),
        rank === undefined ? "" : `ansible_group_priority=${rank}\n`,
        below.length > 0 ? `[${name}:children]\n${below.join("\n")}\n` : "",
      ].join("");
    });
    // Children must be declared somewhere.
    const declared = GROUPS.map((name) => `[${name}]\n`).join("\n");
    return `${lone}\n\n${text.join("\n")}\n; all of them\n${declared}`;
  });

const variableFiles: fc.Arbitrary<Record<string, string>> = fc
  .array(
    fc.tuple(
      fc.oneof(
        value(["all", ...GROUPS]).map((name) => `group_vars/${name}`),
        value(HOSTS).map((name) => `host_vars/${name}`),
      ),
      value(["", ".yml", ".yaml", ".json", "/one.yml", "/two", "/deeper/three.json"]),
      variables(YAML_VALUES),
    ),
    { maxLength: 6 },
  )
  .map((files) => {
    const written: Record<string, string> = {};
    const kinds = new Map<string, "file" | "folder">();
    for (const [owner, ending, vars] of files) {
      // A file and a folder of one name cannot be side by side.
      const kind = ending.startsWith("/") ? "folder" : ending === "" ? "file" : undefined;
      if (kind !== undefined && (kinds.get(owner) ?? kind) !== kind) continue;
      if (kind !== undefined) kinds.set(owner, kind);
      const text = vars.map(([name, given]) => `${name}: ${given}\n`).join("");
      written[owner + ending] = text === "" ? "---\n" : text;
    }
    return written;
  });

const source: fc.Arbitrary<{ files: Record<string, string>; source: string }> = fc.oneof(
  yamlFile.map((text) => ({ files: { "hosts.yml": text }, source: "hosts.yml" })),
  iniFile.map((text) => ({ files: { "hosts.ini": text }, source: "hosts.ini" })),
  fc
    .tuple(yamlFile, iniFile)
    .map(([yaml, ini]) => ({ files: { "all/10-yaml.yml": yaml, "all/20-ini": ini }, source: "all" })),
  fc
    .uniqueArray(value([...HOSTS, "x1:22", "[fe80::3]:2222"]), { minLength: 1, maxLength: 4 })
    .map((hosts) => ({ files: {}, source: `${hosts.join(", ")},` })),
);

const inventory: fc.Arbitrary<GeneratedInventory> = fc
  .tuple(
    fc.array(fc.tuple(source, variableFiles), { minLength: 1, maxLength: 3 }),
    fc.option(variableFiles, { nil: undefined }),
  )
  .map(([parts, playbook]) => {
    const files: Record<string, string> = {};
    const sources = parts.map(([part, vars], index) => {
      const place = (path: string): string => `${index + 1}/${path}`;
      for (const [path, text] of Object.entries(part.files)) files[place(path)] = text;
      if (part.source.includes(",")) return part.source;
      const beside = part.source === "all" ? place("all/") : place("");
      for (const [path, text] of Object.entries(vars)) files[beside + path] = text;
      return place(part.source);
    });
    for (const [path, text] of Object.entries(playbook ?? {})) files[`playbooks/${path}`] = text;
    return { files, sources, ...(playbook === undefined ? {} : { playbookFolder: "playbooks" }) };
  });
