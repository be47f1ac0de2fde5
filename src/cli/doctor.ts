import { setMaxListeners } from "node:events";
import { Command, Option } from "commander";
import { ConnectLimit } from "../engine/connect-limit.ts";
import { FusionPlayError } from "../errors.ts";
import { expandLimit } from "../inventory/expand-limit.ts";
import { withGivenConnection } from "../inventory/given-connection.ts";
import type { Host, Inventory } from "../inventory/inventory.ts";
import { selectHosts } from "../inventory/select-hosts.ts";
import { probeHost } from "../remote/probe-host.ts";
import type { ConnectSsh } from "../remote/session-connector.ts";
import type { DoctorHost, DoctorReport } from "../report/doctor-report.ts";
import { doctorHostText, doctorSummary } from "../report/doctor-text.ts";
import type { Json } from "../etf/json.ts";
import { maskJson } from "../secrets/mask-json.ts";
import { OpenBundles } from "../runtime/open-bundles.ts";
import type { Keeper } from "../sessions/keeper.ts";
import type { CommandContext } from "./command-context.ts";
import {
  connectorOptions,
  withBecomeOptions,
  withConnectionOptions,
  type ConnectionOptions,
} from "./connection-options.ts";
import { hostChecks, unreachableHost } from "./doctor-checks.ts";
import { readExtraVariables } from "./extra-vars.ts";
import { EXIT } from "./failure.ts";
import { keysOf, withKeyOptions, type KeyOptions } from "./key-options.ts";
import { useHeldSessions, type HeldSessionOptions } from "./held-sessions.ts";
import { openInventory } from "./load-files.ts";
import { OPTION } from "./options.ts";
import { textFormat } from "./reporters.ts";
import { sshConnections, withDefaults } from "./ssh-connector.ts";
import { tellUnmatched } from "./tell-unmatched.ts";

interface DoctorOptions extends KeyOptions, ConnectionOptions, Pick<HeldSessionOptions, "fresh"> {
  readonly inventory: readonly string[];
  readonly limit?: string;
  readonly extraVars: readonly string[];
  readonly connectConcurrency: number;
  readonly json?: true;
  readonly color: boolean;
}

/** `fusion-play doctor <pattern>`: finds out whether plays can run on hosts. */
export function doctorCommand(context: CommandContext): Command {
  const command = new Command("doctor")
    .description("find out whether plays can run on hosts: SSH, forwarding, runtime, clock")
    .argument("<pattern>", "host pattern")
    .addOption(OPTION.inventory())
    .addOption(OPTION.limit())
    .addOption(OPTION.extraVars())
    .addOption(OPTION.connectConcurrency())
    .addOption(OPTION.fresh())
    .addOption(new Option("--json", "write JSON (schemas/doctor.schema.json)"))
    .addOption(OPTION.noColor());
  return withBecomeOptions(withConnectionOptions(withKeyOptions(command))).action(
    async (pattern: string, options: DoctorOptions) => {
      const { signal } = context.stop;
      const keys = await keysOf(options, context);
      const inventory = withGivenConnection(
        await openInventory(options.inventory, { signal, keys }),
        await readExtraVariables(options.extraVars, keys),
      );
      const limit = options.limit === undefined ? undefined : await expandLimit(options.limit);
      const connecting = await connectorOptions(options, keys.secrets, signal);
      const hosts = hostsOf(inventory, pattern, limit).map((host) => withDefaults(host, connecting.defaults));
      const write = (text: string): void => void process.stdout.write(keys.secrets.mask(text));
      const format = textFormat(options);
      const warn = (text: string): void => void process.stderr.write(`warning: ${keys.secrets.mask(text)}\n`);
      await using held = await useHeldSessions(options, connecting, warn);
      const report = await examine(hosts, {
        connectSsh: sshConnections(held.resolve),
        keeper: held.keeper,
        bundles: new OpenBundles(),
        connectConcurrency: options.connectConcurrency,
        signal,
        onHost: (name, host) => {
          if (options.json !== true) write(doctorHostText(name, host, format));
        },
      });
      await held.end("ended");
      if (options.json !== true) write(doctorSummary(report));
      else
        process.stdout.write(
          `${JSON.stringify(maskJson({ ...report } as unknown as Json, keys.secrets), null, 2)}\n`,
        );
      context.exit(report.exit_code);
    },
  );
}

/** @throws {FusionPlayError} `NO_HOST_MATCHED` */
function hostsOf(inventory: Inventory, pattern: string, limit: string | undefined): readonly Host[] {
  const { hosts, unmatched } = selectHosts(inventory, pattern, limit);
  unmatched.forEach(tellUnmatched);
  if (hosts.length > 0) return hosts;
  throw new FusionPlayError(`Cannot examine hosts: no host matches "${pattern}"`, {
    code: "NO_HOST_MATCHED",
    hint: "fusion-play inventory --graph shows the hosts and groups",
  });
}

interface ExamineOptions {
  readonly connectSsh: ConnectSsh;
  /** Has connections that earlier runs have left. */
  readonly keeper: Keeper | undefined;
  readonly bundles: OpenBundles;
  readonly connectConcurrency: number;
  readonly signal: AbortSignal;
  /** Told of each host when it is done. */
  readonly onHost: (name: string, host: DoctorHost) => void;
}

async function examine(hosts: readonly Host[], options: ExamineOptions): Promise<DoctorReport> {
  const limit = new ConnectLimit(options.connectConcurrency);
  setMaxListeners(0, options.signal); // some for each host
  const examined = await Promise.all(
    hosts.map((host) =>
      limit.run(host, async () => {
        const result = await examineHost(host, options);
        options.onHost(host.name, result);
        return [host.name, result] as const;
      }),
    ),
  );
  const failed = examined.some(([, { status }]) => status === "failed");
  const unreachable = examined.some(([, { status }]) => status === "unreachable");
  return {
    version: 1,
    status: failed ? "failed" : unreachable ? "unreachable" : "ok",
    exit_code: (failed ? EXIT.failed : EXIT.ok) | (unreachable ? EXIT.unreachable : EXIT.ok),
    hosts: Object.fromEntries(examined),
  };
}

async function examineHost(host: Host, options: ExamineOptions): Promise<DoctorHost> {
  const { connectSsh, keeper, bundles, signal } = options;
  signal.throwIfAborted();
  try {
    const held = await keeper?.take(host, { signal, boot: null });
    await using ssh = held?.ssh ?? (await connectSsh(host, { signal }));
    const probe = await probeHost(ssh, host, signal);
    await held?.ssh.leave({ ...held.beam, nextId: held.ssh.nextId }, { signal });
    const { erl, runtime, transport } = host.connection;
    return hostChecks(probe, {
      bundle: erl === undefined && runtime !== undefined ? await bundles.open(runtime) : undefined,
      transport,
      isHeld: held !== undefined,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FusionPlayError) return unreachableHost(error);
    throw error;
  }
}
