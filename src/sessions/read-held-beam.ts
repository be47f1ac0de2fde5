import type { HeldBeam } from "../remote/session-keeper.ts";

/** Reads what a run says of its BEAM; undefined where that is not what the next one would need. */
export function readHeldBeam(note: unknown): HeldBeam | undefined {
  if (!isRecord(note) || !isRecord(note["runtime"]) || !isRecord(note["installed"])) return undefined;
  const { nodeName, cookie, linkToken, linkPort, pid, command, nextId } = note;
  const texts = [nodeName, cookie, linkToken, note["runtime"]["otp"]];
  const numbers = [linkPort, pid, command, nextId];
  const isWhole =
    texts.every((text) => typeof text === "string" && text !== "") &&
    numbers.every((number) => Number.isInteger(number) && (number as number) > 0);
  return isWhole ? (note as unknown as HeldBeam) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
