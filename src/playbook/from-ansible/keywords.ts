const BECOME = "Set fusion_become and fusion_become_user in the inventory, or use --become";
const WITH_SECTIONS = "Write its tasks in steps";
const USER = "Set fusion_user for the host or group in the inventory";
const ONE_FACT = "All facts come in one answer of some milliseconds: gather_facts: true";
const DEPRECATED = "One SSH connection and one BEAM per host serve the whole run";

/** What stands here in the place of each keyword of Ansible that has another name, or is not there. */
const INSTEAD: Readonly<Record<string, string>> = {
  accelerate: DEPRECATED,
  accelerate_ipv6: DEPRECATED,
  accelerate_port: DEPRECATED,
  action: 'Call a function of a module instead: run: os:cmd("uptime")',
  args: "Arguments stand in the call: run: { module: m, function: f, args: [1] }",
  async: "Give the step a timeout instead; the call runs on the host until then",
  become: BECOME,
  become_exe: BECOME,
  become_flags: BECOME,
  become_method: BECOME,
  become_user: BECOME,
  check_mode: "Use --check on the command line, for the whole run",
  collections: "Code comes from modules of the play",
  connection: "Hosts are reached over SSH; leave it out",
  debugger: "Errors come with the stack trace of the host; leave it out",
  delegate_facts: "Facts are those of the host that was asked; leave it out",
  diff: "Use --check --diff on the command line, for the whole run",
  environment: 'Set the variables in a step before: run: os:putenv("LANG", "C")',
  fact_path: "There are no local facts: a run step with register gives any value",
  gather_subset: ONE_FACT,
  gather_timeout: ONE_FACT,
  listen: "Only handlers listen: write the step below handlers of the play",
  local_action: "Use delegate_to with a host of the inventory",
  module_defaults: "There are no modules with options; use vars",
  poll: "Use until, retries and delay",
  port: "Set fusion_port for the host or group in the inventory",
  post_tasks: `${WITH_SECTIONS}, after the others`,
  pre_tasks: `${WITH_SECTIONS}, before the others`,
  remote_user: USER,
  roles: "Put what a role does into functions of a module, which modules of the play finds and run calls",
  serial_percentage: 'Use serial: "25%"',
  task: 'Use "steps"',
  tasks: 'Use "steps"',
  with_dict: "Use loop: vars.name; item.key and item.value are key and value of each entry",
  with_items: "Use loop with a list, or with an expression such as vars.names",
  with_list: "Use loop with a list, or with an expression such as vars.names",
  with_sequence: "Use loop: range(1, 5), which is 1 to 4",
};

/** Says what stands here in the place of a keyword of Ansible that is none here; undefined for any other key. */
export function foreignKeyword(key: string): string | undefined {
  const hint = Object.hasOwn(INSTEAD, key) ? INSTEAD[key] : undefined;
  if (hint !== undefined) return hint;
  // Plugins of lookups are many: with_fileglob, with_subelements …
  if (!/^with_[a-z_]+$/.test(key)) return undefined;
  return "Use loop with an expression that gives a list";
}

/** The keywords that {@linkcode foreignKeyword} has an answer of its own for. */
export const FOREIGN_KEYWORDS: readonly string[] = Object.keys(INSTEAD);
