import type { Runtime } from "../engine/remote-node.ts";
import type { BinaryTarget, ShippedApplication } from "../engine/shipped-application.ts";

/** What a host's emulator was built for, as far as its name says. */
type Platform = Partial<BinaryTarget>;

/** What different systems call the same. */
const MACHINES: readonly (readonly [pattern: RegExp, machine: string])[] = [
  [/^(x86_64|amd64)$/, "x86_64"],
  [/^(aarch64|arm64)$/, "aarch64"],
  [/^i[3-6]86$/, "i386"],
  [/^arm/, "arm"],
  [/^(powerpc64le|ppc64le)$/, "powerpc64le"],
  [/^(powerpc64|ppc64)$/, "powerpc64"],
  [/^(powerpc|ppc)$/, "powerpc"],
  [/^(s390x|riscv64|riscv32|loongarch64|mips64el|mipsel|mips64|mips|sparc64|sparc)$/, "$1"],
];

/**
 * Finds out why the shared libraries of an application cannot be loaded on a host: none of them was
 * built for it. Some applications bring libraries for several platforms, and load the one that fits.
 *
 * @returns the first library and what it was built for, as text; undefined where one fits, where there
 *   is none, and where nothing is known
 */
export function unfitLibrary({ files }: ShippedApplication, runtime: Runtime): string | undefined {
  const libraries = files.filter(({ target }) => target !== undefined);
  const host = platformOf(runtime);
  const misfits = libraries.map(({ path, target }) => {
    const why = target === undefined ? undefined : misfit(target, host);
    return why === undefined ? undefined : `${path} was built for ${why}`;
  });
  return misfits.every((text) => text !== undefined) ? misfits[0] : undefined;
}

/** Reads `erlang:system_info(system_architecture)`, such as `x86_64-pc-linux-gnu`. */
function platformOf({ architecture, bits }: Runtime): Platform {
  const [machine = ""] = architecture.split("-");
  const known = MACHINES.find(([pattern]) => pattern.test(machine));
  const platform: Platform = { bits: bits === 32 ? 32 : 64 };
  return {
    ...platform,
    ...(known === undefined ? {} : { machines: [machine.replace(known[0], known[1])] }),
    ...formatOf(architecture),
  };
}

function formatOf(architecture: string): Platform {
  if (/darwin/.test(architecture)) return { format: "mach-o" };
  if (/linux-musl/.test(architecture)) return { format: "elf", libc: "musl" };
  if (/linux-gnu/.test(architecture)) return { format: "elf", libc: "glibc" };
  return /linux|bsd|solaris/.test(architecture) ? { format: "elf" } : {};
}

/** What a library was built for, where that is not the host. */
function misfit(target: BinaryTarget, host: Platform): string | undefined {
  const [machine] = host.machines ?? [];
  if (host.format !== undefined && host.format !== target.format) {
    return target.format === "elf" ? "Linux or another system with ELF" : "macOS";
  }
  if (machine !== undefined && !target.machines.includes(machine)) return target.machines.join(", ");
  if (target.bits !== host.bits) return `${target.bits} bits`;
  if (target.libc === undefined || host.libc === undefined || target.libc === host.libc) return undefined;
  return target.libc;
}
