import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { leftOn } from "./processes.ts";
import { hostOf, hostReport, openWorkspace, outputOf, type Played, type Workspace } from "./workspace.ts";

const ADDRESSES = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"];
/** Sources that the plays ship. */
const LIB = join(import.meta.dirname, "..", "fixtures", "live");
const HOSTS = ["web1", "web2", "web3", "db1", "db2"];
let servers: Sshd[];
let workspace: Workspace;
/** The YAML playbook, run once for several tests. */
let played: Played;

beforeAll(async () => {
  servers = await Promise.all(ADDRESSES.map((address) => startSshd({ address })));
  const [web1, web2, web3, db1, db2] = servers.map((sshd) => hostOf(sshd)) as [
    object,
    object,
    object,
    object,
    object,
  ];
  workspace = await openWorkspace({
    all: {
      vars: { greeting: "hello" },
      children: {
        web: { hosts: { web1, web2, web3 }, vars: { role: "web", wanted: 3 } },
        db: { hosts: { db1, db2: { ...db2, greeting: "good evening" } }, vars: { role: "db", wanted: 2 } },
      },
    },
  });
  await workspace.write({ "site.yml": PLAYBOOK });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await Promise.all(servers.map((sshd) => sshd.stop()));
});

const PLAYBOOK = `
- name: Greetings
  hosts: all
  modules: [${LIB}/greeter.ex, "${LIB}/text_*.erl"]
  vars: { suffix: "!" }
  steps:
    - name: Ship
      push: Greeter
    - name: Greet
      run: Greeter.greet(\${{ vars.greeting }}, \${{ host.name }})
      register: greeting
    - name: Greet again
      run: Greeter.greet("again", "all")
    - name: It greeted
      assert:
        value: \${{ greeting }}
        match: "%{text: text, length: length, by: :greeter}"
        that: ['text == vars.greeting + ", " + host.name', length == size(vars.greeting)]
    - name: Only on the web
      when: vars.role == "web"
      run: erlang:list_to_binary([<<"I am ">>, \${{ host.name + vars.suffix }}])
    - name: Count
      run: text_size_count:next()
      retries: 5
      delay: 10ms
      until: result >= vars.wanted
      register: count
    - name: Inline Elixir
      eval:
        elixir: |
          IO.puts("inline on " <> host)
          {:ok, String.upcase(host)}
        bindings: { host: "\${{ host.name }}" }
    - name: It is a tuple
      assert: { match: "{:ok, <<_::binary>>}" }
    - name: Inline Erlang
      eval:
        erlang: |
          io:format("inline ~ts", [Host]),
          #{sum => lists:sum([1, Count])}
        bindings: { Host: "\${{ host.name }}", Count: "\${{ count }}" }
      register: sum
    - name: The sum is right
      assert: sum.sum == count + 1
`;

const SHIPPED = ["Elixir.Greeter", "Elixir.Greeter.Signature", "text_size", "text_size_count"];

test("fusion-play runs a YAML playbook on five hosts at once", () => {
  expect(played.exitCode, played.stderr).toBe(0);
  expect(played.stderr).toBe("");
  expect(played.report).toMatchObject({
    version: 1,
    status: "ok",
    exit_code: 0,
    plays: [{ name: "Greetings" }],
  });
  expect(Object.keys(played.report?.plays[0]?.hosts ?? {})).toEqual(HOSTS);
  for (const host of HOSTS) {
    const { steps, ...rest } = hostReport(played, host);
    const isWeb = host.startsWith("web");
    expect(rest).toMatchObject({
      status: "ok",
      error: null,
      runtime: { otp: expect.any(String), elixir: expect.any(String) },
    });
    expect(steps.map(({ name, status }) => [name, status])).toEqual([
      ["Ship", "ok"],
      ["Greet", "ok"],
      ["Greet again", "ok"],
      ["It greeted", "ok"],
      ["Only on the web", isWeb ? "ok" : "skipped"],
      ["Count", "ok"],
      ["Inline Elixir", "ok"],
      ["It is a tuple", "ok"],
      ["Inline Erlang", "ok"],
      ["The sum is right", "ok"],
    ]);
    const greeting = host === "db2" ? "good evening" : "hello";
    expect(steps[1]).toMatchObject({
      kind: "run",
      attempts: 1,
      result: { text: `${greeting}, ${host}`, length: greeting.length, by: "greeter" },
      output: `${greeting} from IO.puts\n`,
    });
    expect(steps[4]?.result).toBe(isWeb ? `I am ${host}!` : null);
    const wanted = isWeb ? 3 : 2;
    expect(steps[5]).toMatchObject({ attempts: wanted, result: wanted });
    expect(steps[5]?.output).toBe(isWeb ? "call 1\ncall 2\ncall 3\n" : "call 1\ncall 2\n");
    expect(steps[6]).toMatchObject({ result: ["ok", host.toUpperCase()], output: `inline on ${host}\n` });
    expect(steps[8]).toMatchObject({ result: { sum: wanted + 1 }, output: `inline ${host}` });

    // What a step printed arrives live, under its host and its name.
    expect(outputOf(played, host, "Greet")).toBe(`${greeting} from IO.puts\n`);
    expect(outputOf(played, host, "Greet again")).toBe("again from IO.puts\n");
    expect(outputOf(played, host, "Inline Erlang")).toBe(`inline ${host}`);
    expect(outputOf(played, host, null)).toBe("");
  }
});

test("fusion-play ships a closure once, Erlang modules too, and nothing for a step that needs the same", () => {
  for (const host of HOSTS) {
    const { steps, pushed } = hostReport(played, host);
    expect(steps[0]?.pushed.map(({ module }) => module).toSorted()).toEqual(SHIPPED);
    // "Greet" and "Count" need modules of the first push; inline code is a module of its own.
    expect(steps.map((step) => step.pushed.length)).toEqual([SHIPPED.length, 0, 0, 0, 0, 0, 1, 0, 1, 0]);
    expect(pushed.modules).toBe(SHIPPED.length + 2);
    expect(pushed.bytes).toBe(
      steps.flatMap((step) => step.pushed).reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const events = played.events.filter((event) => event.type === "module_pushed" && event.host === host);
    const shipped = events.filter(({ step }) => step === "Ship").map(({ module }) => module);
    expect(new Set(shipped)).toEqual(new Set(SHIPPED));
    expect(events).toHaveLength(SHIPPED.length + 2);
  }
});

test("fusion-play tells the events of each host in their order", () => {
  expect(played.events.slice(0, 2).map(({ type }) => type)).toEqual(["run_started", "play_started"]);
  expect(played.events.at(-1)).toMatchObject({ type: "run_finished", status: "ok", exit_code: 0 });
  for (const host of HOSTS) {
    const own = played.events.filter((event) => event.host === host && event.type !== "step_output");
    const shape = own.map(({ type, step }) => (step === undefined ? type : `${type} ${step}`));
    expect(shape[0]).toBe("host_connected");
    expect(shape.at(-1)).toBe("host_finished");
    expect(shape.slice(1, 9)).toEqual([
      "step_started Ship",
      ...SHIPPED.map(() => "module_pushed Ship"),
      "step_finished Ship",
      "step_started Greet",
      "step_finished Greet",
    ]);
    expect(own.map(({ at }) => at)).toEqual(own.map(({ at }) => at).toSorted());
  }
});

test("fusion-play runs TypeScript playbooks whose steps are a list or a function", async () => {
  await workspace.write({
    "fleet.ts": `
      import { play } from "fusion-play";

      export default [
        play({
          name: "List",
          hosts: "web",
          modules: ["${LIB}/greeter.ex", "${LIB}/text_*.erl"],
          steps: [
            { name: "Greet", run: { module: "Greeter", function: "greet", args: ["hi", "list"] }, register: "greeting" },
            { name: "Greeted", assert: 'greeting.text == "hi, list"' },
          ],
        }),
        play({
          name: "Function",
          hosts: "all",
          modules: "${LIB}/text_*.erl",
          vars: { base: 40 },
          async steps(host) {
            const size = await host.run<number>({ module: "text_size", function: "measure", args: [host.name] });
            if (host.groups.includes("db")) await host.run('io:format("only databases~n")', { name: "Print" });
            const sum = await host.eval({ erlang: "Base + Size" }, { bindings: { Base: host.vars.base, Size: size } });
            host.assert(sum === 40 + host.name.length, \`the sum is \${sum}\`);
          },
        }),
      ];
    `,
  });
  const typed = await workspace.play("fleet.ts");
  expect(typed.exitCode, typed.stderr).toBe(0);
  expect(Object.keys(typed.report?.plays[0]?.hosts ?? {})).toEqual(["web1", "web2", "web3"]);
  for (const host of ["web1", "web2", "web3"]) {
    const { steps, pushed } = hostReport(typed, host, 0);
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual(["Greet ok", "Greeted ok"]);
    expect(pushed.modules).toBe(SHIPPED.length);
  }
  for (const host of HOSTS) {
    const isWeb = host.startsWith("web");
    const { steps, pushed } = hostReport(typed, host, 1);
    expect(steps.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      "run ok",
      ...(isWeb ? [] : ["run ok"]),
      "eval ok",
      "assert ok",
    ]);
    expect(steps[0]?.result).toBe(host.length);
    expect(outputOf(typed, host, "Print")).toBe(isWeb ? "" : "only databases\n");
    // Hosts of the first play have these modules already.
    expect(pushed).toMatchObject(isWeb ? { modules: 1, skipped: 2 } : { modules: 3, skipped: 0 });
  }
});

test("fusion-play leaves nothing on the hosts", async () => {
  expect(played.exitCode).toBe(0);
  for (const sshd of servers) expect(await leftOn(sshd)).toEqual([]);
});
