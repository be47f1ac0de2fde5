/** Names of Ansible that have another one here; the values are CEL. */
const NAMES: Readonly<Record<string, string>> = {
  true: "true",
  True: "true",
  false: "false",
  False: "false",
  none: "null",
  None: "null",
  item: "item",
  groups: "groups",
  hostvars: "hostvars",
  inventory_hostname: "host.name",
  group_names: "host.groups",
  ansible_host: "host.address",
  ansible_failed_task: "failed_step",
  ansible_failed_result: "failed_result",
};

/** Facts, by what stands after `ansible_` or `ansible_facts.`. */
const FACTS: Readonly<Record<string, string>> = {
  architecture: "facts.architecture",
  hostname: "facts.hostname",
  nodename: "facts.hostname",
  kernel: "facts.kernel.release",
  memfree_mb: "facts.memory.free / 1048576",
  memtotal_mb: "facts.memory.total / 1048576",
  processor_count: "facts.cpu.count",
  processor_nproc: "facts.cpu.count",
  processor_vcpus: "facts.cpu.count",
  uptime_seconds: "facts.uptime",
  user_id: "facts.user.name",
};

/** Connection variables are variables like any others. */
const CONNECTION = /^ansible_(?:user|port|password|ssh_private_key_file|connection)$/;

/**
 * What a name is in CEL, or why it is nothing there.
 *
 * @param known names that tasks of the playbook register or give to items, and what they are called here
 */
export function celName(
  name: string,
  known: ReadonlyMap<string, string>,
): { readonly cel: string } | { readonly reason: string } {
  const own = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (own !== undefined) return { cel: own };
  const meant = known.get(name);
  if (meant !== undefined) return { cel: meant };
  if (CONNECTION.test(name) || !name.startsWith("ansible_")) return { cel: `vars.${name}` };
  return celFact(name.slice("ansible_".length));
}

/** What a fact of Ansible is in CEL, or that it is another one here. */
export function celFact(name: string): { readonly cel: string } | { readonly reason: string } {
  const fact = Object.hasOwn(FACTS, name) ? FACTS[name] : undefined;
  if (fact !== undefined) return { cel: fact };
  return {
    reason: "Facts have other names here: facts.os.id, facts.memory.total … with gather_facts: true",
  };
}
