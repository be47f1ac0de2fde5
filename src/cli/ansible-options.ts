/** Options of `ansible-playbook` that have another name here, or are not there, and what to do instead. */
export const ANSIBLE_OPTIONS: readonly (readonly [options: readonly string[], instead: string])[] = [
  [["-f", "--forks"], "Use -c or --concurrency, which is 50 by default"],
  [["-u", "--user"], "Use -e fusion_user=deploy, or fusion_user in the inventory"],
  [
    ["--private-key", "--key-file"],
    "Use -e fusion_private_key_file=~/.ssh/deploy, or fusion_private_key_file in the inventory",
  ],
  [["-C"], "Use --check"],
  [["-D"], "Use --diff with --check"],
  [["--syntax-check"], "Use fusion-play validate"],
  [["--list-tasks", "--list-tags"], "Use --list-steps, which shows tags as well"],
  [["--start-at-task"], "Use --start-at-step"],
  [["--step"], "There is none; --check asks what steps would change, and --limit takes one host"],
  [["-J", "--ask-vault-password"], "Use --ask-vault-pass"],
  [["--vault-pass-file"], "Use --vault-password-file"],
  [
    ["--connection-password-file", "--conn-pass-file"],
    "Use fusion_password_command in the inventory, or --ask-pass",
  ],
  [
    ["--become-password-file", "--become-pass-file"],
    "Use fusion_become_password in an encrypted file of the inventory, or --ask-become-pass",
  ],
  [["-T"], "Use ConnectTimeout in ~/.ssh/config"],
  [["--connection"], "Leave it out: hosts are reached over SSH"],
  [
    ["--ssh-common-args", "--ssh-extra-args", "--sftp-extra-args", "--scp-extra-args"],
    "Use ~/.ssh/config, or fusion_jump in the inventory for bastions",
  ],
  [["-M", "--module-path"], "Use modules of the play, or -m"],
  [["--force-handlers"], "Use force_handlers: true in the play"],
  [["--flush-cache"], "Leave it out: facts are gathered anew in each run"],
  [["--inventory-file"], "Use -i or --inventory"],
];

const UNKNOWN = /^error: unknown option '(?<option>--[^'=]+|-[^'-])[^']*'/u;

/**
 * Adds to the message about an unknown option what to do instead, where it is one of Ansible: options that are spelt
 * alike are of no help then.
 */
export function withAnsibleOption(message: string): string {
  const [unknown, option = ""] = UNKNOWN.exec(message) ?? [];
  const [, instead] = ANSIBLE_OPTIONS.find(([options]) => options.includes(option)) ?? [];
  return unknown === undefined || instead === undefined ? message : `${unknown}\n(${instead})\n`;
}
