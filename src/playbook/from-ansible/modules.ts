import { STEP_KINDS } from "../step-schema.ts";

interface Advice {
  readonly modules: readonly string[];
  /** What to do instead. */
  readonly advice: string;
  /** A step that does it. */
  readonly step?: string;
}

const PROGRAM = "Run the program";
const FACTS = "Use gather_facts: true in the play, and facts in expressions";
const ROLE =
  "Put what the role does into functions of a module, which modules of the play finds and run calls";
const EDIT = "Change the file with code";
const FIXED = "Leave it out: hosts and groups are those of the inventory for the whole run";

/** A step that fails when a program does. */
function program(...[name, ...args]: readonly [string, ...string[]]): string {
  const list = args.map((arg) => JSON.stringify(arg)).join(", ");
  return `run: System.cmd("${name}", [${list}])\nfailed_when: result[1] != 0`;
}

/** What to write for modules of Ansible, in the order of `docs/from-ansible.md`. */
export const MODULE_ADVICE: readonly Advice[] = [
  {
    modules: ["command", "shell", "raw"],
    advice: PROGRAM,
    step: program("df", "-h"),
  },
  {
    modules: ["script", "expect"],
    advice: "Use code of Elixir or Erlang",
    step: `eval: { elixir: 'File.ls!("/etc")' }`,
  },
  {
    modules: ["copy", "template"],
    advice: "Write the file; a text may hold ${{ … }}",
    step: 'run: file:write_file("/etc/motd", "port ${{ vars.port }}\\n")',
  },
  {
    modules: ["file"],
    advice: "Use filelib:ensure_dir, file:change_mode, file:make_symlink or file:delete",
    step: 'run: filelib:ensure_dir("/srv/app/")',
  },
  {
    modules: ["lineinfile", "blockinfile", "replace", "assemble", "ini_file", "xml"],
    advice: EDIT,
    step: `eval: { elixir: 'File.write!(path, String.replace(File.read!(path), "a", "b"))', bindings: { path: /etc/app.conf } }`,
  },
  {
    modules: ["stat"],
    advice: "Ask for the file; file:read_file_info tells more",
    step: 'run: filelib:is_regular("/etc/motd")',
  },
  {
    modules: ["find"],
    advice: "List the files",
    step: 'run: filelib:wildcard("/var/log/*.log")',
  },
  {
    modules: ["slurp", "fetch"],
    advice: "Read the file; what it holds is the result of the step",
    step: 'run: file:read_file("/etc/motd")',
  },
  {
    modules: ["tempfile"],
    advice: "Make the file under a name of your own",
    step: 'run: file:write_file("/tmp/app.new", "")',
  },
  {
    modules: [
      "apt",
      "package",
      "dpkg_selections",
      "debconf",
      "apt_key",
      "apt_repository",
      "deb822_repository",
      "apk",
      "pacman",
      "zypper",
    ],
    advice: PROGRAM,
    step: program("apt-get", "install", "-y", "nginx"),
  },
  {
    modules: ["dnf", "dnf5", "yum", "yum_repository", "rpm_key"],
    advice: PROGRAM,
    step: program("dnf", "install", "-y", "nginx"),
  },
  {
    modules: ["pip", "npm", "gem"],
    advice: PROGRAM,
    step: program("pip", "install", "requests"),
  },
  {
    modules: ["service", "systemd", "systemd_service", "sysvinit"],
    advice: PROGRAM,
    step: program("systemctl", "restart", "nginx"),
  },
  {
    modules: ["user"],
    advice: PROGRAM,
    step: program("useradd", "--create-home", "alice"),
  },
  { modules: ["group"], advice: PROGRAM, step: program("groupadd", "deploy") },
  {
    modules: ["authorized_key", "known_hosts"],
    advice: "Write the file with code",
    step: `eval: { elixir: 'File.write!(path, key, [:append])', bindings: { path: /root/.ssh/authorized_keys, key: "\${{ vars.key }}" } }`,
  },
  { modules: ["cron"], advice: "Write a file of cron", step: 'run: file:write_file("/etc/cron.d/app", "…")' },
  { modules: ["mount"], advice: PROGRAM, step: program("mount", "/srv") },
  {
    modules: ["git", "subversion"],
    advice: PROGRAM,
    step: program("git", "-C", "/srv/app", "pull"),
  },
  {
    modules: ["hostname", "timezone", "sysctl", "iptables", "firewalld", "ufw", "reboot", "synchronize"],
    advice: PROGRAM,
    step: program("sysctl", "-w", "vm.swappiness=10"),
  },
  {
    modules: ["uri"],
    advice: "Call OTP's HTTP client, after a step application:ensure_all_started(inets)",
    step: 'run: httpc:request("http://localhost:8080/health")',
  },
  {
    modules: ["get_url"],
    advice: "Let OTP's HTTP client write the file, after a step application:ensure_all_started(inets)",
    step: 'run: httpc:request(get, {"http://files/app.tgz", []}, [], [{stream, "/tmp/app.tgz"}])',
  },
  {
    modules: ["unarchive"],
    advice: "Unpack it with OTP; zip:unzip is there as well",
    step: 'run: erl_tar:extract("/tmp/app.tgz", [compressed, {cwd, "/srv/app"}])',
  },
  {
    modules: ["debug"],
    advice: "Results of steps are in the report. To print",
    step: 'run: io:format("~ts~n", ["${{ vars.port }}"])',
  },
  {
    modules: ["set_fact"],
    advice: "Set variables of the host",
    step: 'set: { url: "http://${{ host.address }}" }',
  },
  { modules: ["set_stats"], advice: "Leave it out: results of all steps are in the report" },
  { modules: ["wait_for_connection"], advice: "Leave it out: a host is connected before its first step" },
  { modules: ["ping"], advice: "Leave it out, or call anything", step: "run: erlang:node()" },
  { modules: ["setup", "gather_facts", "package_facts", "service_facts", "mount_facts"], advice: FACTS },
  { modules: ["getent"], advice: `${FACTS}: facts.users has the uid of each user` },
  { modules: ["include_vars"], advice: "Use vars_files of the play" },
  {
    modules: ["include_tasks", "import_tasks", "include", "_include"],
    advice: "Use include_steps with the file, which is a list of steps",
  },
  { modules: ["include_role", "import_role"], advice: ROLE },
  {
    modules: ["import_playbook"],
    advice: "The same, in the place of a play: import_playbook: database.yml, with when, vars and tags",
  },
  { modules: ["add_host", "group_by"], advice: FIXED },
  { modules: ["async_status"], advice: "Leave it out: a step lasts until its call has ended" },
  {
    modules: ["validate_argument_spec"],
    advice: "Check variables with a JSON Schema",
    step: 'assert: { value: "${{ vars.port }}", schema: { type: integer } }',
  },
];

const byModule: ReadonlyMap<string, Advice> = new Map(
  MODULE_ADVICE.flatMap((advice) => advice.modules.map((name) => [name, advice])),
);

/**
 * Says what to write for a module of Ansible, by its name or its whole name, such as `ansible.builtin.copy`;
 * undefined for what is no module.
 */
export function moduleAdvice(name: string): string | undefined {
  const isWhole = /^[a-z_]\w*(?:\.[a-z_]\w*){2,}$/.test(name);
  const short = isWhole ? (name.split(".").at(-1) ?? "") : name;
  if (isWhole && STEP_KINDS.some((kind) => kind === short)) return `Write ${short}, which is a step here`;
  const known = byModule.get(short);
  if (known !== undefined) return withStep(known.advice, known.step);
  return isWhole ? OTHER_MODULES : undefined;
}

/** Puts the lines of a step below the text, as messages show hints. */
function withStep(text: string, step: string | undefined): string {
  return step === undefined ? text : [`${text}:`, ...step.split("\n")].join("\n    ");
}

/** What to write for a module that nothing is known of. */
export const OTHER_MODULES: string = withStep(
  "Call a function of Erlang or Elixir that does it, or run a program",
  program("program", "argument"),
);
