import { quote } from "../documents/quote.ts";

/** Keys that playbooks will have one day: nobody should take them for a spelling mistake. */
const LATER: ReadonlySet<string> = new Set([
  "any_errors_fatal",
  "delegate_to",
  "force_handlers",
  "handlers",
  "include_tasks",
  "import_playbook",
  "import_tasks",
  "listen",
  "notify",
  "order",
  "post_tasks",
  "pre_tasks",
  "roles",
  "run_once",
  "strategy",
  "throttle",
]);

/** Words of Ansible, and what they are here. */
const ANSIBLE: Readonly<Record<string, string>> = {
  action: 'Call a function of a module instead: run: os:cmd("uptime")',
  args: "Arguments stand in the call: run: { module: m, function: f, args: [1] }",
  async: "Give the step a timeout instead; the call runs on the host until then",
  become: "It is not supported yet: log in as the user that the BEAM shall run as",
  become_user: "It is not supported yet: log in as the user that the BEAM shall run as",
  command: 'Call a function instead: run: System.cmd("uptime", []) or os:cmd("uptime")',
  connection: "Hosts are reached over SSH",
  debug: "Call a function that prints, or look at the report: results of steps are in it",
  environment: "Set the variables in the called function",
  poll: "Use until, retries and delay",
  remote_user: "Set fusion_user for the host or group in the inventory",
  script: "Use eval with Elixir or Erlang code",
  serial_percentage: 'Use serial: "25%"',
  set_fact: "Use set: { name: value }",
  shell: 'Call a function instead: run: os:cmd("uptime")',
  task: 'Use "steps"',
  tasks: 'Use "steps"',
  user: "Set fusion_user for the host or group in the inventory",
  with_dict: "Use loop: vars.name; item.key and item.value are key and value of each entry",
  with_items: "Use loop with a list, or with an expression such as vars.names",
  with_sequence: "Use loop: range(1, 5), which is 1 to 4",
};

/** Says about a key of Ansible, or of a later version, what stands here in its place; undefined for others. */
export function foreignKey(key: string): { message: string; hint: string | undefined } | undefined {
  if (LATER.has(key)) return { message: `${quote(key)} is not supported yet`, hint: undefined };
  if (!Object.hasOwn(ANSIBLE, key)) return undefined;
  return { message: `Unknown key ${quote(key)}`, hint: ANSIBLE[key] };
}
