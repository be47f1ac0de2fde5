import { Type, type TSchema } from "typebox";
import { CONNECTION_VARIABLES, HOST_KEY_CHECKING, OWN_VARIABLES } from "./connection-variables.ts";
import type { ConnectionSettings } from "./inventory.ts";

type Setting = keyof ConnectionSettings;

/** What each connection setting means, for editors. */
const SETTINGS: Readonly<
  Record<Setting, { schema: TSchema; description: string; examples: readonly unknown[] }>
> = {
  address: {
    schema: Type.String(),
    description: "Name or address to connect to. Default: what ~/.ssh/config says, or the name of the host.",
    examples: ["10.0.0.5"],
  },
  port: {
    schema: Type.Unsafe({ type: ["integer", "string"], minimum: 1, maximum: 65_535, pattern: "^[0-9]+$" }),
    description: "Port of the SSH server. Default: what ~/.ssh/config says, or 22.",
    examples: [2222],
  },
  user: {
    schema: Type.String(),
    description: "Name to log in with. Default: what ~/.ssh/config says, or that of the local user.",
    examples: ["deploy"],
  },
  password: {
    schema: Type.Unsafe({ type: ["string", "integer"] }),
    description: "Password to log in with. Default: none; a key is the better choice.",
    examples: ["a long one"],
  },
  privateKeyFile: {
    schema: Type.String(),
    description:
      "Private key to log in with. Default: what ~/.ssh/config says, or the usual names in ~/.ssh.",
    examples: ["~/.ssh/deploy"],
  },
  privateKeyPassphrase: {
    schema: Type.Unsafe({ type: ["string", "integer"] }),
    description: "Passphrase of the private key. Default: none.",
    examples: ["a long one"],
  },
  knownHostsFile: {
    schema: Type.String(),
    description:
      "File with the keys of known hosts. Default: what ~/.ssh/config says, or ~/.ssh/known_hosts.",
    examples: ["known_hosts"],
  },
  hostKeyChecking: {
    schema: Type.Unsafe({ enum: [...HOST_KEY_CHECKING, true, false, 1, 0] }),
    description:
      "strict refuses unknown hosts, accept-new trusts them at the first meeting, off trusts anybody. Default: strict.",
    examples: ["accept-new"],
  },
  passwordCommand: {
    schema: Type.String(),
    description:
      "Command that prints the password to log in with, run here by /bin/sh. Default: none; fusion_password wins.",
    examples: ["pass show servers/web"],
  },
  sshBackend: {
    schema: Type.Unsafe({ enum: ["ssh2", "openssh"] }),
    description:
      "What makes the connection: ssh2, which is built in, or openssh, the ssh of this system, which knows certificates and hardware keys. Default: ssh2.",
    examples: ["openssh"],
  },
  connectRetries: {
    schema: Type.Unsafe({ type: ["integer", "string"], minimum: 0, pattern: "^[0-9]+$" }),
    description:
      "How often to try again where the connection fails. Default: --connect-retries, or twice where that may help soon.",
    examples: [5],
  },
  forwardAgent: {
    schema: Type.Unsafe({ enum: [true, false, "yes", "no", 1, 0] }),
    description: "Whether what runs on the host may use your SSH agent. Default: what ~/.ssh/config says.",
    examples: [true],
  },
  jump: {
    schema: Type.Unsafe({ type: ["string", "array"], items: { type: "string" } }),
    description:
      "Hosts to jump through, the first one next to us: of the inventory, or [user@]host[:port]; none for a direct connection. Default: what ~/.ssh/config says.",
    examples: ["bastion", ["bastion", "ops@10.0.0.1:2222"]],
  },
  runtime: {
    schema: Type.String({ minLength: 1 }),
    description:
      "A runtime that the host is brought: a file made by fusion-play bundle. Default: that of the play, or none.",
    examples: ["otp.tar.gz"],
  },
  transport: {
    schema: Type.Unsafe({ enum: ["auto", "tunnels", "stdio"] }),
    description:
      "What carries everything between us and the BEAM: tunnels of the SSH connection; stdio, the standard input and output of a command; or auto, tunnels where the server allows them. Default: that of the play, or auto.",
    examples: ["stdio"],
  },
  become: {
    schema: Type.Unsafe({ enum: [true, false, "yes", "no", 1, 0] }),
    description: "Whether the BEAM runs as another user than the one who logs in. Default: false.",
    examples: [true],
  },
  becomeMethod: {
    schema: Type.String(),
    description: "Program that makes the one user the other: sudo, doas or su. Default: sudo.",
    examples: ["sudo", "doas", "su"],
  },
  becomeUser: {
    schema: Type.Unsafe({ type: ["string", "integer"] }),
    description: "User that the BEAM runs as, where fusion_become is true. Default: root.",
    examples: ["app"],
  },
  becomePassword: {
    schema: Type.Unsafe({ type: ["string", "integer"] }),
    description:
      "What the program asks for: with sudo and doas the password of who logs in, with su that of the other user. Default: none.",
    examples: ["a long one"],
  },
  erl: {
    schema: Type.String(),
    description: "Path of the erl program on the host. Default: looked up there.",
    examples: ["/opt/erlang/bin/erl"],
  },
};

/** What Ansible gives to `ssh`, which says more than one setting. */
const SSH_ARGUMENTS: TSchema = Type.Unsafe({
  type: ["string", "null"],
  description:
    "Options of ssh. Of these, -J, ProxyJump and a ProxyCommand that is ssh -W %h:%p say the same as fusion_jump; others have no effect. Default: none.",
  examples: ["-J bastion"],
});

/** The properties of one setting: its own name, and those that Ansible has for it, which may be empty. */
function propertiesOf(setting: Setting, names: readonly string[]): [name: string, schema: TSchema][] {
  const { schema, description, examples } = SETTINGS[setting];
  const [own = "", ...others] = names;
  return [
    [own, { ...schema, description, examples } as TSchema],
    ...others.map((name): [string, TSchema] => [
      name,
      name.endsWith("_args")
        ? (SSH_ARGUMENTS as TSchema)
        : Type.Unsafe({
            anyOf: [schema, { enum: [null, ""] }],
            description: `The same as ${own}. ${description}`,
            examples,
          }),
    ]),
  ];
}

const vars: TSchema = Type.Unsafe({
  type: ["object", "null"],
  description: "Variables: how to reach the host, and any others. Default: {}.",
  examples: [{ fusion_user: "deploy", env: "prod" }],
  properties: Object.fromEntries(
    CONNECTION_VARIABLES.flatMap(({ setting, names }) => propertiesOf(setting, names)),
  ),
  // No variable of the user's may have a name like those of ours.
  patternProperties: {
    [`^fusion_(?!(${OWN_VARIABLES.map((name) => name.slice("fusion_".length)).join("|")})$)`]: false,
  },
});

const ref = (name: string): TSchema => Type.Unsafe({ $ref: `#/$defs/${name}` });

/** A mapping of names, which may be empty, or a lone name. */
const byName = (value: TSchema, description: string, examples: readonly unknown[]): TSchema =>
  Type.Unsafe({ type: ["object", "string", "null"], additionalProperties: value, description, examples });

const group: TSchema = Type.Unsafe({
  type: ["object", "null"],
  description: "A group: its hosts, the groups in it, and their variables.",
  additionalProperties: false,
  properties: {
    hosts: byName(ref("vars"), "Hosts by name, or by range, with their variables. Default: {}.", [
      { "web[01:20].example.com": { fusion_port: 2222 } },
    ]),
    children: byName(ref("group"), "Groups in this group. Default: {}.", [{ web: null, db: null }]),
    vars: ref("vars"),
  },
});

/** Schema of a YAML inventory for editors, in the format of Ansible. */
export const INVENTORY_SCHEMA: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:inventory:1",
  title: "Inventory of fusion-play",
  description: "Groups by name, as in an inventory of Ansible in YAML.",
  type: "object",
  additionalProperties: ref("group"),
  examples: [{ web: { hosts: { web1: { fusion_host: "10.0.0.5" } }, vars: { fusion_user: "deploy" } } }],
  $defs: { group, vars },
});
